"use strict";
// Everything here comes from /api/v1/chat; a message keeps its id until the server has answered it, so a resend posts once.
const $ = (id) => document.getElementById(id);
const talk = $("talk"), text = $("text");
const seen = new Set();
let me = null, after = 0, busy = 0, lastTime = "";
const headers = { "Content-Type": "application/json", "X-Requested-With": "zhanggui" };
const FACES = ["#1d6a54", "#2f6f7d", "#7d5a2f", "#4f7d2f", "#6a3f8c", "#b3541e", "#35558a"];
const QUICK = {
  "仓管": ["入库 酱油 20箱", "库存 生抽", "临期", "低库存", "撤回"],
  "采购": ["入库 酱油 20箱", "低库存", "应付", "库存 生抽"],
  "销售": ["下单 ", "库存 生抽", "生抽多少钱", "应收", "帮助"],
  "财务": ["收款 ", "付款 ", "应收", "应付", "日报"],
  "老板": ["日报", "应收", "临期", "低库存", "库存 酱油"],
};

async function api(path, body) {
  const photo = body instanceof Blob;
  const answer = await fetch(path, body ? { method: "POST", headers: photo ? { ...headers, "Content-Type": "image/jpeg" } : headers, body: photo ? body : JSON.stringify(body) } : { headers });
  if (answer.status === 401) { location.href = "/login?next=/chat"; throw new Error("login"); }
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok && answer.status >= 500) throw new Error("server");
  return data;
}

function add(node) { talk.querySelector(".empty")?.remove(); talk.append(node); talk.scrollTop = talk.scrollHeight; return node; }
function make(tag, cls, words) { const node = document.createElement(tag); if (cls) node.className = cls; if (words !== undefined) node.textContent = words; return node; }

function stamp(at) {
  const words = new Date(at || Date.now()).toLocaleString("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
  if (words !== lastTime) { lastTime = words; add(make("div", "time", words)); }
}

function mine(words, at) { stamp(at); return add(make("div", "mine", words)); }

function theirs(reply, at) {
  if (reply.key) { if (seen.has(reply.key)) return; seen.add(reply.key); }
  stamp(at);
  const box = make("div", "bot " + (reply.kind === "notice" ? "notice" : reply.outcome || ""));
  const bubble = box.appendChild(make("div", "bubble"));
  reply.text.split("\n").forEach((line, i, all) => {
    const cls = i === 0 && all.length > 1 ? "strong" : /^[⚠※]/.test(line) ? "note" : /^(回“|记错了|　)/.test(line) ? "dim" : "";
    bubble.append(make("span", cls, line), i < all.length - 1 ? "\n" : "");
  });
  if (reply.buttons?.length) {
    const acts = box.appendChild(make("div", "acts"));
    reply.buttons.forEach((one, i) => {
      const button = acts.appendChild(make("button", i === 0 ? "first" : "", one.text));
      button.type = "button";
      button.onclick = () => { acts.classList.add("used"); send(one.say); };
    });
  }
  add(box);
}

// A phone's photo is some 8 MB; the bars are still sharp at 1600 pixels.
async function shrink(file) {
  const picture = await createImageBitmap(file), ratio = Math.min(1, 1600 / Math.max(picture.width, picture.height));
  const canvas = Object.assign(document.createElement("canvas"), { width: picture.width * ratio, height: picture.height * ratio });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return { blob: await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85)), url: canvas.toDataURL("image/jpeg", 0.5) };
}

async function send(words, id, photo) {
  words = words.trim();
  if (!words && !photo) return;
  talk.querySelectorAll(".bot:not(.posted) .acts").forEach((one) => one.classList.add("used"));
  const bubble = mine(words);
  if (photo) bubble.prepend(Object.assign(make("img"), { src: photo.url, alt: "条码照片" }));
  const waiting = add(make("div", "bot typing"));
  waiting.append(make("div", "bubble")); for (let i = 0; i < 3; i++) waiting.firstChild.append(make("s"));
  talk.scrollTop = talk.scrollHeight;
  id = id || (crypto.randomUUID ? crypto.randomUUID() : Date.now() + "-" + Math.random());
  busy++;
  const where = photo ? "/api/v1/chat/photo?" + new URLSearchParams({ message_id: id, text: words }) : "/api/v1/chat";
  try {
    const reply = await api(where, photo ? photo.blob : { message_id: id, text: words });
    waiting.remove(); if (reply.said) bubble.replaceChildren(bubble.firstChild, reply.said); theirs(reply);
  }
  catch (problem) {
    waiting.remove(); bubble.classList.add("lost");
    const again = add(make("button", "lost-note", "没发出去（网络或服务断了）。点这里重发，不会重复记账"));
    again.onclick = () => { again.remove(); bubble.remove(); send(words, id, photo); };
  } finally { busy--; }
}

async function poll() {
  if (!busy && me && !document.hidden) {
    try {
      const data = await api("/api/v1/chat/messages?after=" + after);
      data.messages.forEach((one) => { after = Math.max(after, one.id); one.who === "me" ? mine(one.text, one.at) : theirs(one, one.at); });
    } catch { /* the next round tries again */ }
  }
  setTimeout(poll, 2000);
}

function face(person) { return FACES[person.id % FACES.length]; }

async function enter() {
  const data = await api("/api/v1/chat/me");
  me = data.me; $("shop").textContent = data.shop; $("who").disabled = !data.people.length;
  $("name").textContent = me ? me.name + " · " + me.roles.join("、") : "请选身份";
  if (me) { $("face").textContent = me.name.slice(-1); $("face").style.setProperty("--face", face(me)); }
  $("list").replaceChildren(...data.people.map((person) => {
    const button = make("button", "person"); button.type = "button";
    const dot = make("i", "", person.name.slice(-1)); dot.style.setProperty("--face", face(person));
    const label = make("span", "", person.name); label.append(make("small", "", person.roles.join("、")));
    button.append(dot, label); button.setAttribute("aria-current", String(me && me.id === person.id));
    button.onclick = async () => { await api("/api/v1/chat/as", { staff_id: person.id }); location.reload(); };
    return button;
  }));
  if (!me) { $("people").showModal(); return; }
  const phrases = [...new Set(me.roles.flatMap((role) => QUICK[role] || []))].slice(0, 8);
  $("quick").replaceChildren(...phrases.concat("帮助").filter((one, i, all) => all.indexOf(one) === i).map((phrase) => {
    const button = make("button", "", phrase.trim() + (phrase.endsWith(" ") ? "…" : "")); button.type = "button";
    button.onclick = () => { if (phrase.endsWith(" ")) { text.value = phrase; text.focus(); } else send(phrase); };
    return button;
  }));
  const history = await api("/api/v1/chat/history");
  history.messages.forEach((one) => { after = Math.max(after, one.id || 0); one.who === "me" ? mine(one.text, one.at) : theirs(one, one.at); });
  talk.querySelectorAll(".bot:not(.posted) .acts").forEach((one, i, all) => { if (i < all.length - 1) one.classList.add("used"); });
  if (!history.messages.length) { const empty = make("div", "empty"); empty.append(make("b", "", me.name + "，您好"), "像平时说话一样发给我，例如“入库 酱油 20箱”。\n记账前我都会请您确认。"); empty.style.whiteSpace = "pre-line"; talk.append(empty); }
  talk.scrollTop = talk.scrollHeight;
}

function grow() { text.style.height = "auto"; text.style.height = Math.min(140, text.scrollHeight + 3) + "px"; }
$("say").onsubmit = (event) => { event.preventDefault(); const words = text.value; text.value = ""; grow(); send(words); };
$("photo").onchange = async (event) => {
  const file = event.target.files[0]; event.target.value = "";
  if (!file) return;
  try { const photo = await shrink(file), words = text.value; text.value = ""; grow(); send(words, undefined, photo); }
  catch { theirs({ text: "这个文件打不开，不是照片。请拍一张条码，或者把条码的数字打给我。", outcome: "reject" }); }
};
text.oninput = grow;
text.onkeydown = (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("say").requestSubmit(); } };
$("who").onclick = () => $("people").showModal();
$("close").onclick = () => $("people").close();
enter().then(poll).catch(() => poll());
