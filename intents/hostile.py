"""想拿话来指挥系统的:改库的语句、网页标记、让机器人换身份的话,一律不办。"""

from __future__ import annotations

import re


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, patterns))


# 语句、标记、代码:照原样找
AS_WRITTEN = _compiled(
    r"\b(?:drop|alter|truncate|create)\s+(?:table|database|schema|user)\b",
    r"\b(?:select|delete)\b.{0,40}\bfrom\b",
    r"\binsert\s+into\b",
    r"\bupdate\b.{0,30}\bset\b",
    r"\bunion\s+(?:all\s+)?select\b",
    r"['\"]?\s*or\s+['\"]?1['\"]?\s*=\s*['\"]?1",
    r";\s*--",
    r"--\s*$",
    r"/\*.*\*/",
    r"\bexec(?:ute)?\s*\(",
    r"\bxp_cmdshell\b",
    r"\bsleep\s*\(\s*\d",
    r"<\s*/?\s*[a-z!][^>]{0,200}>",
    r"javascript\s*:",
    r"on(?:error|load|click)\s*=",
    r"\{\{.*\}\}",
    r"\$\{.*\}",
    r"\{%.*%\}",
    r"<\?php",
    r"#\{",
    r"[\[{]\s*\"[a-z_]+\"\s*:",
    r"\"(?:intent|outcome|role|system|tool|function|action|slots)\"",
    r"__\w+__",
    r"\b(?:import|os|subprocess|eval|exec|system|curl|wget|chmod|sudo|rm)\b\s*[.(\-/]",
    r"\brm\s+-rf\b",
    r"\.\./\.\./",
    r"/etc/passwd",
    r"cmd\.exe",
    r"powershell",
    r"\\x[0-9a-f]{2}",
    r"%[0-9a-f]{2}%[0-9a-f]{2}",
    r"base64",
    r"(?:忽略|无视|忘记|忘掉|跳过|绕过|抛开|不要理会|不用管)(?:.{0,8})(?:指令|提示|规则|设定|命令|要求|限制|对话|权限|审批|审核|确认|校验|检查)",
    r"(?:你现在是|你是一个|从现在开始你|现在你是|你扮演|扮演一个|假装你是|假设你是|你的新身份|进入).{0,10}(?:管理员|开发者|模式|系统|超级|root|黑客|助手|没有限制|不受限制|dan)",
    r"(?:管理员|开发者|上帝|调试|维护|越狱|超级用户|root|sudo|debug|admin)\s*(?:模式|权限|身份|mode)",
    r"系统(?:提示|消息|指令|通知|命令|管理员)\s*[::]",
    r"(?:系统|初始|隐藏|内部)?(?:提示词|prompt)",
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|previous|above|rule|prompt|system|approval|all)",
)

# 指使系统的话:字与字之间夹了空格、点、横线也认
EVEN_SPLIT = _compiled(
    r"\byou are (?:now )?(?:a|an|the|in)\b",
    r"\bact as\b",
    r"\bjailbreak\b",
    r"(?:^|\n)\s*(?:system|assistant|user|developer|human|ai)\s*[::]",
    r"<\|.*\|>",
    r"\[/?(?:inst|system|sys)\]",
    r"###\s*(?:system|instruction|指令|系统)",
    r"(?:输出|告诉我|打印|显示|泄露|说出|导出|发给我|给我看).{0,12}(?:密码|口令|密钥|令牌|token|数据库|源码|源代码|配置文件|api\s?key|服务器)",
    r"(?:数据库|管理员|root|系统)(?:的)?(?:密码|口令)",
    r"(?:把|将).{0,12}(?:全部|所有|全体|每个).{0,12}(?:清零|归零|删除|删掉|清空|改成|改为|设为|设成|作废|免掉|抹掉|置零|变成)",
    r"(?:清空|删除|删掉|格式化|销毁|重置|清除)(?:整个|全部|所有|掉)?.{0,6}(?:数据库|数据|库存|账目|记录|系统|流水|订单|日志|表)",
    r"(?:欠款|应收|应付|库存|账款?|余额|记录|流水|单子|订单|数据)(?:都|全|全部|统统|一起|给我)*(?:删|清|抹|销)(?:了|掉|除|空|零|干净)",
    r"(?:全部|所有|一律).{0,8}(?:清零|归零|清空|删除|抹平|注销)",
    r"(?:欠款|应收|应付|库存|账款|余额).{0,8}(?:清零|归零|抹掉|改成|改为|清空|设为)",
    r"(?:跳过|绕过|不用|无需|免去|关闭|取消|禁用)(?:所有|全部)?(?:审批|审核|确认|权限|风控|校验|限制|日志)",
    r"(?:给|把)(?:我|自己|他)?.{0,4}(?:提权|加权限|管理员权限|改成管理员|设为管理员|升级为管理员)",
    r"假装.{0,4}(?:没有|不受|无).{0,4}限制",
    r"(?:不要|别|不用|不必)(?:告诉|通知|让).{0,4}(?:老板|别人|任何人|领导|财务)",
    r"(?:全部|所有|客户的?电话).{0,10}(?:导出|发给我|发我|外发)",
    r"(?:以上|上面|之前|前面)(?:的)?(?:内容|指令|对话|规则|设定).{0,6}(?:无效|作废|忽略|取消|不算)",
    r"(?:执行|运行)(?:以下|下面|这段|如下)?(?:代码|脚本|命令|sql|语句)",
)
_FLAT = re.compile(r"[\s​.\-_*]+")


def hostile(text: str) -> bool:
    """是不是这种话;拆开写的也认。"""
    head = text[:2000]
    flat = _FLAT.sub("", head)
    return any(pattern.search(head) for pattern in (*AS_WRITTEN, *EVEN_SPLIT)) or any(
        pattern.search(flat) for pattern in EVEN_SPLIT
    )
