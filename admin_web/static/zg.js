// 后台的几样小事：子表加行删行、防连点、确认、列表跟着账走。没有它页面也能用。
(function () {
  "use strict";

  document.addEventListener("submit", function (event) {
    var form = event.target;
    var button = event.submitter;
    if (button && button.dataset.ask && !window.confirm(button.dataset.ask)) { event.preventDefault(); return; }
    if (!form.hasAttribute("data-once")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    if (button) setTimeout(function () { button.disabled = true; }, 0);
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button[disabled]").forEach(function (button) { button.disabled = false; });
    });
  });

  document.addEventListener("change", function (event) {
    if (event.target.matches("[data-go]")) event.target.form.requestSubmit();
  });

  var wrong = document.querySelector(".field .wrong, .grid-row .wrong");
  if (wrong) wrong.scrollIntoView({ block: "center" });

  // 子表
  document.addEventListener("click", function (event) {
    var add = event.target.closest("[data-add]");
    var drop = event.target.closest("[data-drop]");
    if (add) {
      var section = add.closest("[data-rows]");
      var grid = section.querySelector(".grid");
      var number = Date.now() % 1000000 + grid.children.length;
      grid.insertAdjacentHTML("beforeend", section.querySelector("template").innerHTML.replaceAll("__n__", number));
      grid.lastElementChild.querySelector("input, select").focus();
      showBase();
    }
    if (drop) drop.closest(".grid-row").remove();
  });

  var base = document.querySelector('[name="base_unit"]');
  function showBase() {
    if (!base) return;
    document.querySelectorAll("[data-base]").forEach(function (span) { span.textContent = base.value || "基本单位"; });
    var list = document.getElementById("s-units");
    list.replaceChildren();
    var words = [base.value].concat(Array.from(document.querySelectorAll("[data-unit]"), function (input) { return input.value; }));
    words.filter(Boolean).forEach(function (word) { var one = document.createElement("option"); one.value = word; list.append(one); });
  }
  document.addEventListener("input", function (event) {
    if (event.target === base || event.target.matches("[data-unit]")) showBase();
  });
  showBase();

  // 账一动，看着的列表就换新：每 2 秒问一次，页面不在眼前就不问
  var live = document.querySelector("[data-live]");
  var known = null;
  async function look() {
    if (document.hidden) return;
    try {
      var answer = await fetch("/admin/changes", { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      var at = (await answer.json()).at;
      if (known !== null && at !== known) {
        var page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        var fresh = page.querySelectorAll("[data-live]");
        document.querySelectorAll("[data-live]").forEach(function (old, n) { if (fresh[n]) old.replaceWith(fresh[n]); });
      }
      known = at;
    } catch (offline) { /* 断网时等下一次 */ }
  }
  if (live) { look(); setInterval(look, 2000); }
})();
