"use strict";
// The page on a manager's phone: what `GET /m/live` tells, and two touches. Whatever people wrote is
// put in as text, never as markup.
(() => {
  const WORDS = {
    en: {
      language: "中文",
      title: "Low ratings at your office",
      number: "Staff number",
      pin: "PIN",
      enter: "Sign in",
      entry_hint: "For duty managers. It is your number and PIN from the desk.",
      wrong: "Number or PIN is wrong. Tries left: {n}",
      wait: "Too many wrong tries. Wait {age}.",
      no_manager: "Only duty managers sign in here.",
      over: "You were signed out. Sign in again.",
      insecure: "This page has to be opened by https, or somebody could read your PIN.",
      no_network: "The server can't be reached. Try again.",
      failed: "That didn't work. Try again.",
      live: "Live",
      not_live: "Not live",
      stale: "Not live: what you see is {age} old. Trying again.",
      sound_off: "Touch here to let it ring",
      silence: "Silence; the next one rings again",
      nobody: "Nobody is waiting",
      nobody_hint: "A low rating shows and rings here at once, while this page is open.",
      waiting: "Waiting · {n}",
      taken: "Being looked after · {n}",
      awake: "Keep the screen on",
      awake_on: "Screen stays on",
      leave: "Sign out",
      window: "Window {label}",
      clerk: "Clerk {number}",
      now: "now",
      seconds: "{n} s",
      minutes: "{n} min",
      hours: "{n} h",
      rated_at: "Rated at {time}",
      own_phone: "on their own phone",
      waits: "Customer waiting",
      wants_call: "Wants a call",
      call_now: "Asks for somebody now",
      call_wait: "The customer waits for you",
      call_call_me: "The customer wants to be called",
      call_no: "The customer wants nobody just now",
      member: "Member: {name}",
      reasons: "Reasons: {reasons}",
      acknowledged: "I am on my way",
      arrived: "I am with the customer",
      sending: "Sending",
      unsent: "Not sent yet. Trying again.",
      on_the_way: "{name} is on the way",
      there: "{name} is with the customer",
      passed_on: "Passed on to {name} at {time}",
      after: "{who}, after {age}",
      first: "{name} was first.",
      gone: "The case is closed.",
      level_1: "Very dissatisfied",
      level_2: "Dissatisfied",
      level_3: "Fairly satisfied",
      level_4: "Satisfied",
      level_5: "Very satisfied",
      reason_efficiency: "Speed",
      reason_competence: "Competence",
      reason_attitude: "Attitude",
      reason_facilities: "Facilities",
      reason_rules: "Rules",
      reason_other: "Something else",
      comma: ", ",
    },
    "zh-CN": {
      language: "English",
      title: "本网点的差评",
      number: "工号",
      pin: "密码",
      enter: "登录",
      entry_hint: "供值班经理使用。工号和密码与值班台相同。",
      wrong: "工号或密码不对，还可以试 {n} 次。",
      wait: "输错次数过多，请等待 {age}。",
      no_manager: "只有值班经理可以在此登录。",
      over: "您已退出登录，请重新登录。",
      insecure: "请用 https 打开本页，否则他人可能看到您的密码。",
      no_network: "连不上服务器，请再试一次。",
      failed: "没有成功，请再试一次。",
      live: "实时",
      not_live: "未连接",
      stale: "连接中断：以下是 {age} 前的内容，正在重连。",
      sound_off: "点这里开启铃声",
      silence: "静音；下一条会再响",
      nobody: "没有顾客在等",
      nobody_hint: "本页打开时，一有差评，这里立即显示并响铃。",
      waiting: "等待处理 · {n}",
      taken: "正在处理 · {n}",
      awake: "保持亮屏",
      awake_on: "屏幕保持常亮",
      leave: "退出登录",
      window: "{label} 号窗口",
      clerk: "工号 {number}",
      now: "刚刚",
      seconds: "{n} 秒",
      minutes: "{n} 分钟",
      hours: "{n} 小时",
      rated_at: "评价时间 {time}",
      own_phone: "在自己的手机上评价",
      waits: "顾客在等",
      wants_call: "要求回电",
      call_now: "顾客要求马上来人",
      call_wait: "顾客正在等您",
      call_call_me: "顾客希望接到电话",
      call_no: "顾客现在不需要来人",
      member: "会员：{name}",
      reasons: "原因：{reasons}",
      acknowledged: "我马上去",
      arrived: "我已到顾客身边",
      sending: "正在发送",
      unsent: "还没有发出，正在重试。",
      on_the_way: "{name} 正在赶来",
      there: "{name} 已到顾客身边",
      passed_on: "{time} 已转发至{name}",
      after: "{who}，用时 {age}",
      first: "{name} 已先接手。",
      gone: "该事项已关闭。",
      level_1: "非常不满意",
      level_2: "不满意",
      level_3: "一般",
      level_4: "满意",
      level_5: "非常满意",
      reason_efficiency: "办事效率",
      reason_competence: "业务能力",
      reason_attitude: "服务态度",
      reason_facilities: "设施环境",
      reason_rules: "规章流程",
      reason_other: "其他",
      comma: "、",
    },
  };
  const SILENT_MS = 35_000; // the server says something every 15 s
  const LOOK_MS = 240_000; // how often the server hears that somebody has the page before them
  const RING_MS = 4_000;
  const AGAIN_MS = [500, 1_000, 2_000, 4_000];
  const HIDDEN_MS = 15_000;
  const SETTLED_MS = 350; // a touch so soon after the cards moved was meant for another

  const $ = (id) => document.getElementById(id);
  const kept = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* private mode */ } },
  };

  let language = kept.get("language") in WORDS ? kept.get("language") : document.documentElement.lang;
  let view = null;
  let ahead_ms = 0; // how far the server's clock is ahead of this one
  let heard_ms = 0; // when the server was heard last, by this clock
  let source = null;
  let tries = 0;
  let again = 0;
  let said_timer = 0;
  let moved_ms = 0;
  let lock = null;
  let audio = null;
  let rung_ms = 0;
  let is_in = false;
  const cards = new Map(); // by case id
  const touches = new Map(); // by case id and step: what is on its way to the server
  const silenced = new Set();

  // --- words

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
  const say = (key, values = {}) => fill(WORDS[language][key], values);
  const said_of = (group, code) => WORDS[language][`${group}_${code}`] ?? code;
  const now_ms = () => Date.now() + ahead_ms;
  const is_seen = () => document.visibilityState === "visible";

  function age(ms) {
    const s = Math.max(0, Math.floor(ms / 1_000));
    if (s < 60) return say("seconds", { n: s });
    if (s < 5_400) return say("minutes", { n: Math.floor(s / 60) });
    return say("hours", { n: Math.floor(s / 3_600) });
  }

  function speak() {
    document.documentElement.lang = language;
    for (const node of document.querySelectorAll("[data-word]")) {
      node.textContent = say(node.dataset.word);
    }
    show_awake();
    show();
  }

  // --- asking the server

  async function ask(method, path, body) {
    const options = { method, cache: "no-store", credentials: "same-origin", redirect: "error" };
    if (method === "POST") {
      options.headers = { "Content-Type": "application/json" };
      options.body = JSON.stringify(body ?? {});
    }
    const answer = await fetch(path, { ...options, signal: AbortSignal.timeout(8_000) });
    const told = answer.status === 204 ? null : await answer.json();
    return { ok: answer.ok, status: answer.status, told };
  }

  // --- coming and going

  function enter_with(problem) {
    $("entry-problem").textContent = problem;
    $("entry-problem").hidden = !problem;
  }

  function come_in(told) {
    is_in = true;
    $("entry").hidden = true;
    $("cases").hidden = false;
    take_in(told);
    listen();
  }

  function go_out(problem) {
    is_in = false;
    hang_up();
    view = null;
    for (const card of cards.values()) card.root.remove();
    cards.clear();
    touches.clear();
    silenced.clear();
    document.title = "Guichet";
    $("cases").hidden = true;
    $("entry").hidden = false;
    enter_with(problem);
  }

  async function sign_in(event) {
    event.preventDefault();
    hear();
    enter_with("");
    $("enter").disabled = true;
    try {
      const said = { number: $("number").value, pin: $("pin").value };
      $("pin").value = "";
      let answer = await ask("POST", "/m/sign-in", said);
      for (let left = 3; answer.status === 503 && left > 0; left -= 1) { // everybody at once
        await new Promise((done) => setTimeout(done, 1_000 + 2_000 * Math.random()));
        answer = await ask("POST", "/m/sign-in", said);
      }
      const { ok, status, told } = answer;
      if (ok) {
        $("number").value = "";
        come_in(told);
      } else if (status === 401) {
        enter_with(say("wrong", { n: told.detail.tries_left ?? 0 }));
      } else if (status === 429) {
        enter_with(say("wait", { age: age((told.detail.wait_s ?? 1) * 1_000) }));
      } else if (status === 403) {
        enter_with(say(window.isSecureContext ? "no_manager" : "insecure"));
      } else {
        enter_with(say("failed"));
      }
    } catch {
      enter_with(say("no_network"));
    } finally {
      $("enter").disabled = false;
    }
  }

  async function sign_out() {
    try {
      await ask("POST", "/m/sign-out");
      go_out("");
    } catch {
      notify(say("no_network"));
    }
  }

  /** Ask for everything: at the start, after being away, and so that the server knows of us. */
  async function look() {
    try {
      const { ok, status, told } = await ask("GET", "/m/cases");
      if (ok) {
        if (is_in) take_in(told); else come_in(told);
      } else if (status === 401) {
        if (is_in) go_out(say("over")); else if ($("entry").hidden) go_out("");
      }
    } catch {
      if (!is_in) go_out(say("no_network"));
    }
  }

  // --- the stream

  function listen() {
    hang_up();
    source = new EventSource("/m/live");
    source.addEventListener("view", (event) => { tries = 0; take_in(JSON.parse(event.data)); });
    source.addEventListener("tick", (event) => { tries = 0; heard(Number(event.data)); show_link(); });
    source.addEventListener("over", () => go_out(say("over")));
    source.onerror = () => {
      hang_up();
      show_link();
      if (!is_in) return;
      again = setTimeout(async () => {
        if (is_seen()) await look();
        if (is_in) listen();
      }, is_seen() ? pause() : HIDDEN_MS);
      tries += 1;
    };
  }

  const pause = () => AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)];

  function hang_up() {
    clearTimeout(again);
    source?.close();
    source = null;
  }

  function heard(server_ms) {
    heard_ms = Date.now();
    ahead_ms = server_ms - heard_ms;
  }

  const is_live = () => source?.readyState === EventSource.OPEN && Date.now() - heard_ms < SILENT_MS;

  function take_in(told) {
    heard(told.server_ms);
    view = told;
    show();
  }

  // --- a touch

  function touch(case_id, step) {
    hear();
    const key = `${case_id} ${step}`;
    if (touches.has(key) || performance.now() - moved_ms < SETTLED_MS) return;
    touches.set(key, { tap_id: crypto.randomUUID(), is_late: false, tries: 0 });
    show();
    send(key, case_id, step);
  }

  async function send(key, case_id, step) {
    const mine = touches.get(key);
    if (!mine) return; // signed out meanwhile
    let answer = null;
    try {
      answer = await ask("POST", "/m/tap", { tap_id: mine.tap_id, case_id, step });
    } catch { /* the same touch goes again, under its id */ }
    if (touches.get(key) !== mine) return;
    if (answer?.status === 401) return go_out(say("over"));
    if (!answer || answer.status === 429 || answer.status >= 500) {
      mine.is_late = true;
      setTimeout(() => send(key, case_id, step), AGAIN_MS[Math.min(mine.tries, AGAIN_MS.length - 1)]);
      mine.tries += 1;
      return show();
    }
    touches.delete(key);
    if (answer.ok) became(answer.told, case_id); else notify(say("failed"));
    show();
  }

  function became({ outcome, case: told, server_ms }, case_id) {
    heard(server_ms);
    const place = view.cases.findIndex((each) => each.case_id === case_id);
    if (told && told.state !== "closed" && place >= 0) view.cases[place] = told;
    if (outcome === "case_closed" || outcome === "unknown_case") {
      if (place >= 0) view.cases.splice(place, 1);
      notify(say("gone"));
    } else if (outcome !== "done") {
      notify(say("first", { name: told?.there_by || told?.taken_by || "" }));
    }
  }

  function notify(text) {
    $("said").textContent = text;
    $("said").hidden = false;
    clearTimeout(said_timer);
    said_timer = setTimeout(() => { $("said").hidden = true; }, 6_000);
  }

  // --- what is shown

  function node(name, kind = "", text = "") {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.textContent = text;
    return made;
  }

  function put(where, text) {
    if (where.textContent !== text) where.textContent = text;
    where.hidden = !text;
  }

  function make_card(case_id) {
    const root = node("li", "case fresh");
    const top = node("div", "top");
    const tags = node("div", "tags");
    const card = {
      root,
      title: node("h3"),
      age: node("span", "age"),
      level: node("span", "tag grave"),
      waits: node("span", "tag waits"),
      call: node("p"),
      reasons: node("p"),
      comment: node("p", "comment"),
      member: node("p"),
      facts: node("p", "muted"),
      taken: node("p", "state"),
      there: node("p", "state"),
      passed_on: node("p", "muted"),
      late: node("p", "state late"),
      button: node("button", "primary"),
      step: "",
    };
    root.dataset.case = case_id;
    card.comment.dir = "auto";
    card.button.addEventListener("click", () => touch(case_id, card.step));
    top.append(card.title, card.age);
    tags.append(card.level, card.waits);
    root.append(top, tags, card.call, card.comment, card.reasons, card.member, card.facts);
    root.append(card.passed_on, card.taken, card.there, card.late, card.button);
    return card;
  }

  /** A sentence with a name in it, which may be written from right to left. */
  const apart = (text) => `\u2068${text}\u2069`;

  function fill_card(card, told) {
    const is_new = told.state === "new";
    card.root.classList.toggle("new", is_new);
    put(card.title, say("window", { label: apart(told.counter_label) }));
    put(card.level, told.score === null ? "" : `${told.score} · ${said_of("level", told.score)}`);
    const waits = told.call === "now" || told.call === "wait" ? "waits" : "";
    put(card.waits, waits ? say("waits") : told.call === "call_me" ? say("wants_call") : "");
    put(card.call, told.call ? said_of("call", told.call) : "");
    put(card.comment, told.comment);
    const reasons = told.reasons.map((code) => apart(said_of("reason", code))).join(say("comma"));
    put(card.reasons, reasons && say("reasons", { reasons }));
    put(card.member, told.member_name && say("member", { name: apart(told.member_name) }));
    const clock = new Intl.DateTimeFormat(language, {
      hour: "2-digit", minute: "2-digit", hour12: false, timeZone: view.office.time_zone,
    });
    const time = clock.format(told.opened_ms);
    const clerk = told.clerk_number && say("clerk", { number: apart(told.clerk_number) });
    const own = told.source === "phone" && say("own_phone");
    put(card.facts, [say("rated_at", { time }), own, clerk].filter(Boolean).join(" · "));
    const ways = told.passed_on.map((way) => say("passed_on", { name: apart(way.route), time: clock.format(way.at_ms) }));
    put(card.passed_on, ways.join(" · "));
    put(card.taken, done_by("on_the_way", told.taken_by, told.taken_ms, told.opened_ms));
    put(card.there, done_by("there", told.there_by, told.there_ms, told.opened_ms));
    card.step = is_new ? "acknowledged" : told.stage === "" ? "arrived" : "";
    const mine = touches.get(`${told.case_id} ${card.step}`);
    put(card.late, mine?.is_late ? say("unsent") : "");
    put(card.button, card.step && say(mine ? "sending" : card.step));
    card.button.disabled = Boolean(mine);
  }

  function done_by(key, name, at_ms, opened_ms) {
    if (at_ms === null) return "";
    return say("after", { who: say(key, { name: apart(name) }), age: age(at_ms - opened_ms) });
  }

  function show() {
    if (!view) return;
    const shown = new Set(view.cases.map((each) => each.case_id));
    for (const [case_id, card] of cards) {
      if (!shown.has(case_id)) { card.root.remove(); cards.delete(case_id); moved_ms = performance.now(); }
    }
    const by_age = [...view.cases].sort((one, other) => one.opened_ms - other.opened_ms);
    const news = by_age.filter((each) => each.state === "new");
    place("waiting", news);
    place("taken", by_age.filter((each) => each.state !== "new"));
    $("nobody").hidden = view.cases.length > 0;
    put($("office"), `${view.office.name} · ${view.office.code}`);
    put($("person"), view.staff_name);
    show_offices();
    document.title = news.length ? `(${news.length}) Guichet` : "Guichet";
    for (const case_id of silenced) {
      if (!news.some((each) => each.case_id === case_id)) silenced.delete(case_id);
    }
    put($("silence"), audible().length ? say("silence") : "");
    show_link();
    show_ages();
    ring();
  }

  function place(id, told) {
    const list = $(id).querySelector("ol");
    $(id).hidden = !told.length;
    put($(`${id}-title`), told.length ? say(id, { n: told.length }) : "");
    told.forEach((each, number) => {
      let card = cards.get(each.case_id);
      if (!card) {
        cards.set(each.case_id, card = make_card(each.case_id));
        if (each.state === "new") rung_ms = 0; // it rings now, whatever rang before
      }
      fill_card(card, each);
      if (list.children[number] !== card.root) {
        if (number < list.children.length || card.root.parentNode) moved_ms = performance.now();
        list.insertBefore(card.root, list.children[number] ?? null);
      }
    });
  }

  function show_offices() {
    const select = $("offices");
    select.hidden = view.offices.length < 2;
    if (select.hidden || select.length === view.offices.length) {
      select.value = view.office.office_id;
      return;
    }
    select.replaceChildren(...view.offices.map((each) => {
      const option = node("option", "", `${each.name} · ${each.code}`);
      option.value = each.office_id;
      return option;
    }));
    select.value = view.office.office_id;
  }

  function show_ages() {
    if (!view) return;
    for (const told of view.cases) put(cards.get(told.case_id).age, age(now_ms() - told.opened_ms));
  }

  function show_link() {
    const live = is_live();
    $("link").classList.toggle("off", !live);
    put($("link"), say(live ? "live" : "not_live"));
    put($("stale"), live || !view ? "" : say("stale", { age: age(Date.now() - heard_ms) }));
  }

  // --- ringing

  const audible = () =>
    (view?.cases ?? []).filter((each) => each.state === "new" && !silenced.has(each.case_id));

  /** Browsers let a page ring once somebody has touched it. */
  function hear() {
    const Context = window.AudioContext ?? window.webkitAudioContext;
    if (!Context) return;
    audio ??= new Context();
    audio.resume().then(show_sound, () => {});
  }

  const show_sound = () => { $("sound").hidden = !("AudioContext" in window) || audio?.state === "running"; };

  function ring() {
    show_sound();
    if (!audible().length || Date.now() - rung_ms < RING_MS) return;
    rung_ms = Date.now();
    if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([300, 150, 300]);
    if (audio?.state !== "running") return;
    [880, 660, 880].forEach((hertz, number) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      const begin_s = audio.currentTime + number * 0.22;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.0001, begin_s);
      volume.gain.exponentialRampToValueAtTime(0.6, begin_s + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin_s + 0.2);
      tone.connect(volume).connect(audio.destination);
      tone.start(begin_s);
      tone.stop(begin_s + 0.21);
    });
  }

  // --- the phone itself

  async function keep_awake() {
    try {
      if (lock) { await lock.release(); lock = null; } else lock = await navigator.wakeLock.request("screen");
    } catch { lock = null; /* low battery */ }
    show_awake();
  }

  const show_awake = () =>
    put($("awake"), "wakeLock" in navigator ? say(lock ? "awake_on" : "awake") : "");

  function came_back() {
    if (!is_seen() || !is_in) return;
    look();
    if (!is_live()) listen();
  }

  $("sign-in").addEventListener("submit", sign_in);
  $("leave").addEventListener("click", sign_out);
  $("sound").addEventListener("click", () => { hear(); ring(); });
  $("silence").addEventListener("click", () => {
    for (const each of audible()) silenced.add(each.case_id);
    show();
  });
  $("awake").addEventListener("click", keep_awake);
  $("offices").addEventListener("change", async () => {
    try {
      const { ok, told } = await ask("POST", "/m/office", { office_id: $("offices").value });
      if (ok) { take_in(told); listen(); } else look();
    } catch {
      notify(say("no_network"));
    }
  });
  for (const button of document.querySelectorAll(".language")) {
    button.addEventListener("click", () => {
      language = language === "en" ? "zh-CN" : "en";
      kept.set("language", language);
      enter_with("");
      speak();
    });
  }
  document.addEventListener("visibilitychange", () => {
    if (!is_seen()) lock = null; // the browser has let go of it
    show_awake();
    came_back();
  });
  window.addEventListener("online", came_back);
  window.addEventListener("pageshow", came_back);
  setInterval(() => {
    show_ages();
    ring();
    if (!is_in) return;
    show_link();
    if (source && Date.now() - heard_ms >= SILENT_MS) listen();
  }, 1_000);
  setInterval(() => { if (is_in && is_seen()) look(); }, LOOK_MS);

  speak();
  if (window.isSecureContext) {
    look();
  } else {
    go_out(say("insecure"));
    $("enter").disabled = true;
  }
})();
