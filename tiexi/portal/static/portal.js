// Comfort only: every page works without it. Drop files onto a form, show how far an upload is, fill a form from the names of
// files, look again at a file that is being checked, tell of the end of a session two minutes before.
(function () {
  "use strict";

  function say(form, text) {
    var place = form.querySelector("[data-said]");
    if (!place) {
      place = document.createElement("p");
      place.setAttribute("role", "status");
      place.setAttribute("data-said", "");
      form.appendChild(place);
    }
    place.textContent = text;
  }

  // an open group of the menu closes with Escape, a click elsewhere, or another that opens
  var groups = Array.from(document.querySelectorAll(".menu details"));
  function close(but) {
    groups.forEach(function (one) { if (one !== but) one.open = false; });
  }
  document.addEventListener("click", function (event) {
    close(groups.filter(function (one) { return one.contains(event.target); })[0]);
  });
  document.addEventListener("keydown", function (event) {
    var open = groups.filter(function (one) { return one.open; })[0];
    if (event.key !== "Escape" || !open) return;
    close();
    open.querySelector("summary").focus();
  });

  document.querySelectorAll("form[data-drop]").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    if (!input) return;
    form.classList.add("droppable");
    var hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = "也可以把文件拖到这里。";
    input.insertAdjacentElement("afterend", hint);
    form.addEventListener("dragover", function (event) {
      event.preventDefault();
      form.classList.add("over");
    });
    form.addEventListener("dragleave", function () { form.classList.remove("over"); });
    form.addEventListener("drop", function (event) {
      event.preventDefault();
      form.classList.remove("over");
      if (event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        say(form, "已选择：" + Array.from(input.files).map(function (file) { return file.name; }).join("、"));
        input.dispatchEvent(new Event("change"));
      }
    });
    form.addEventListener("submit", function () { say(form, "正在上传和检查，请稍候 …"); });
  });

  // what names like 借据编号_2027-03-01_贷款合同.pdf say, where all say the same; else the server takes each by its own
  document.querySelectorAll("form[data-papers]").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    var events = form.dataset.papers.split(";").filter(Boolean).map(function (one) { return one.split("="); });
    var filled = {};
    function read(file) {
      var found = /^(.+)_(\d{4}-\d{2}-\d{2})_([^_.]+)\.[A-Za-z]+$/.exec(file.name);
      if (!found) return null;
      var event = events.filter(function (one) { return one[1].split("、").indexOf(found[3].split("、")[0]) >= 0; })[0];
      return { note: found[1], event_on: found[2], kinds: found[3], event: event ? event[0] : "" };
    }
    input.addEventListener("change", function () {
      var named = Array.from(input.files).map(read);
      ["note", "event_on", "event", "kinds"].forEach(function (name) {
        var field = form.elements[name];
        if (field.value && field.value !== filled[name]) return; // typed by somebody
        var same = named.length && named.every(function (one) { return one && one[name] === named[0][name]; });
        field.value = same ? named[0][name] : "";
        filled[name] = field.value;
      });
      if (named.length && named.every(Boolean)) say(form, named.length + " 个文件的名称已写明借据、日期和种类。");
    });
  });

  document.querySelectorAll("form[method=post]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if ("again" in form.dataset) return; // gives a file, after which the page is still there
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) window.location.reload();
    document.querySelectorAll("form[data-sent]").forEach(function (form) { delete form.dataset.sent; });
  });

  if (document.querySelector("[data-poll]")) {
    window.setTimeout(function () { window.location.reload(); }, 2000);
  }

  // seconds until the session ends if nothing is done, and until it ends whatever is done
  var idle = Number(document.body.dataset.idle || 0) * 60;
  var left = Number(document.body.dataset.left || 0);
  var before = 120;
  function warn(text, stay) {
    var bar = document.createElement("p");
    bar.className = "said warned";
    bar.setAttribute("role", "status");
    bar.append(text);
    if (stay) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "quiet";
      button.textContent = "继续使用";
      button.addEventListener("click", function () {
        fetch("/account/stay", { credentials: "same-origin" }).then(function (answer) {
          if (answer.ok && !answer.redirected) { bar.remove(); warnWhenIdle(); }
        });
      });
      bar.append(" ", button);
    }
    document.querySelector("main").prepend(bar);
  }
  function warnWhenIdle() {
    window.setTimeout(function () {
      warn("两分钟后会话结束，须重新登录；已填的内容请先提交。", true);
    }, (idle - before) * 1000);
  }
  if (idle > before) warnWhenIdle();
  if (left > 0) {
    window.setTimeout(function () {
      warn("本次登录已满时限，两分钟之内结束，须重新登录；已填的内容请先提交。", false);
    }, Math.max(0, left - before) * 1000);
  }
})();
