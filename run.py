"""一条命令准备好环境再运行掌柜：python3 run.py demo；全部测试：python3 run.py test。"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from platform import python_version

ROOT = Path(__file__).resolve().parent
LOCK, VENV, STAMP = ROOT / "requirements.lock", ROOT / ".venv", ROOT / ".venv/zhanggui-stamp"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
# pip option → the variable by which uv takes it: mirrors and company certificates are set up for pip only
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "trusted-host": "UV_INSECURE_HOST",
}
OLD_PYTHON = "掌柜要 Python 3.11 或更新的版本。请装好，再用它运行，例如：python3.12 run.py demo"
NO_VENV = """这台机器的 Python 缺 venv 模块。请先运行：sudo apt-get install -y python3-venv
然后再运行刚才那一句。"""
NO_NETWORK = """组件没有装上，多半是连不上软件源。请检查网络，或者先设一个国内镜像：
  python3 -m pip config set global.index-url 镜像地址
然后再运行刚才那一句，会接着装。"""
NO_BROWSER = """测试要用真的浏览器和中文字体，不能跳过。请先运行（Windows、macOS 请装 Chrome）：
  sudo apt-get update && sudo apt-get install -y {}
然后再运行：python3 run.py test"""


def say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


def step(title: str, argv: list[str], env: dict[str, str] | None = None) -> bool:
    """Run one slow step with its title and seconds shown; its own words only when it fails."""
    started, back = time.monotonic(), "\r" if sys.stderr.isatty() else ""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env, cwd=ROOT)
        while process.poll() is None:
            if back:
                say(f"{back}  {title} … {time.monotonic() - started:.0f} 秒", end="")
            time.sleep(0.2)
        ending = "没成" if process.returncode else "好了"
        say(f"{back}  {title}{ending}（{time.monotonic() - started:.0f} 秒）")
        log.seek(0)
        if process.returncode:
            say("\n".join("    " + line for line in log.read().decode("utf-8", "replace").splitlines()[-15:]))
    return process.returncode == 0


def uv_env() -> dict[str, str]:
    """Our environment plus pip's settings (files and PIP_*) under uv's names; what is set for uv stays."""
    argv = [str(PYTHON), "-m", "pip", "config", "list"]
    settings = subprocess.run(argv, capture_output=True, encoding="utf-8").stdout.splitlines()
    told = {"UV_INDEX_STRATEGY": "unsafe-best-match", "UV_HTTP_TIMEOUT": "180"}  # as pip does; hashes guard
    for line in sorted(settings, key=lambda line: line[0] == ":"):
        option, _, value = line.partition("=")
        name = UV_NAMES.get(option.rsplit(".", 1)[-1])
        if name:
            told[name] = ("," if name == "UV_FIND_LINKS" else " ").join(str(ast.literal_eval(value)).split())
    return {**told, **os.environ}


def install() -> None:
    wanted = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if PYTHON.exists() and STAMP.exists() and STAMP.read_text("utf-8") == wanted:
        return
    say("正在准备掌柜的运行环境（第一次约一分钟，以后不用等）：")
    fits = PYTHON.exists() and f"version = {python_version()}\n" in (VENV / "pyvenv.cfg").read_text("utf-8")
    if not fits and not step("建运行环境 .venv ", [sys.executable, "-m", "venv", "--clear", str(VENV)]):
        sys.exit(NO_VENV)
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    sync = [str(PYTHON), "-m", "uv", "pip", "sync", "--require-hashes", "--python", str(PYTHON), str(LOCK)]
    by_uv = step("取安装工具 uv ", [*pip, "uv"]) and step("装各个组件", sync, uv_env())
    if not by_uv and not step("改用 pip 再装一次", [*pip, "--require-hashes", "-r", str(LOCK)]):
        sys.exit(NO_NETWORK)
    STAMP.write_text(wanted, "utf-8")


def missing_for_tests() -> list[str]:
    missing = [] if any(map(shutil.which, BROWSERS)) else ["chromium"]
    if sys.platform != "linux":  # elsewhere the system brings Chinese fonts
        return missing
    found = shutil.which("fc-list") and subprocess.run(["fc-list", ":lang=zh"], capture_output=True).stdout
    return missing if found else [*missing, "fontconfig", "fonts-wqy-microhei"]


def ready_browser() -> str:
    """Tests drive a real browser, its pictures show Chinese: what is missing is installed, or named."""
    missing = missing_for_tests()
    if missing and shutil.which("apt-get") and os.geteuid() == 0:
        step("更新软件清单", ["apt-get", "update"])
        step(f"装 {' '.join(missing)} ", ["apt-get", "install", "-y", *missing])
    if missing and missing_for_tests():
        sys.exit(NO_BROWSER.format(" ".join(missing)))
    return next(filter(None, map(shutil.which, BROWSERS)))


def main(words: list[str]) -> None:
    if sys.version_info < (3, 11):
        sys.exit(OLD_PYTHON)
    install()
    env = {"PYTHONUTF8": "1", **os.environ, "PYTHONPATH": str(ROOT)}
    argv = [str(PYTHON), "-P", "-m", "bot.cli", *words]  # -P: no file of the current folder passes for ours
    if words[:1] == ["test"]:
        env["ZHANGGUI_CHROMIUM"] = ready_browser()
        os.chdir(ROOT)
        # three on two cores: some always wait for a lock, a server or a browser
        argv = [str(PYTHON), "-m", "pytest", "-n", "3", "--dist", "worksteal", *words[1:]]
    if os.name != "nt":
        os.execve(argv[0], argv, env)
    sys.exit(subprocess.run(argv, env=env).returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
