"use strict";
(() => {
  async function d(t, e) {
    try {
      let n = await fetch(t, {
          credentials: "omit",
          cache: "no-store",
          ...(e === void 0
            ? {}
            : {
                method: "POST",
                headers: { "content-type": "application/json" },
                body: JSON.stringify(e),
              }),
        }),
        o = await n.json();
      return n.ok
        ? { kind: "ok", body: o }
        : { kind: "refused", status: n.status, detail: o.detail ?? "" };
    } catch {
      return { kind: "offline" };
    }
  }
  var v = null;
  function M(t) {
    return (
      (v ??= new Promise((e, n) => {
        let o = document.createElement("script"),
          i = () => {
            window.FB !== void 0 &&
              (window.FB.init({
                appId: t.appId,
                autoLogAppEvents: !0,
                xfbml: !1,
                version: t.version,
              }),
              e(window.FB));
          };
        ((window.fbAsyncInit = i),
          (o.src = t.url),
          (o.async = !0),
          (o.crossOrigin = "anonymous"),
          o.addEventListener("error", () => n(new Error("The SDK did not load."))),
          setTimeout(() => n(new Error("The SDK did not come up.")), 15e3),
          document.head.append(o));
      }).catch((e) => {
        throw ((v = null), e);
      })),
      v
    );
  }
  function _(t, e, n) {
    let o = window.open,
      i = "unseen";
    window.open = (...r) => {
      let s = o.apply(window, r);
      return ((i = s === null ? "blocked" : "opened"), s);
    };
    try {
      t.login(n, {
        config_id: e,
        response_type: "code",
        override_default_response_type: !0,
        extras: {
          setup: {},
          featureType: "whatsapp_business_app_onboarding",
          sessionInfoVersion: "3",
        },
      });
    } finally {
      window.open = o;
    }
    return i;
  }
  function x(t) {
    let e = [...document.querySelectorAll("[data-card]")],
      n = Math.max(0, Math.min(e.length - 1, t));
    for (let [o, i] of e.entries()) i.hidden = o !== n;
    (T("card-back", n === 0), T("card-next", n === e.length - 1), U(e[n]?.dataset.card ?? ""));
  }
  function S(t) {
    let e = [...document.querySelectorAll("[data-card]")];
    (x(e.findIndex((n) => !n.hidden) + t),
      document.querySelector("[data-card]:not([hidden])")?.focus());
  }
  function g(t) {
    let e = document.getElementById("guide"),
      n = document.getElementById("before");
    e === null ||
      n === null ||
      e.hidden !== t ||
      ((e.hidden = !t), (n.hidden = t), x(0), (t ? e : n).querySelector("h1")?.focus());
  }
  function U(t) {
    let e = document.getElementById("guide")?.hidden === !1,
      n = [...document.querySelectorAll("[data-step]")],
      o = n.findIndex((a) => a.dataset.step === t);
    for (let [a, h] of n.entries()) {
      (h.classList.toggle("is-done", a < o),
        h.classList.toggle("is-current", a === o),
        a === o ? h.setAttribute("aria-current", "step") : h.removeAttribute("aria-current"));
      let L = h.querySelector("details");
      L !== null && (L.open = a === o && !e);
    }
    let i = document.querySelector(`[data-card="${t}"]`)?.dataset.count,
      r = document.querySelector(".content > .count"),
      s = r?.querySelector("progress");
    r === null ||
      s === null ||
      s === void 0 ||
      i === void 0 ||
      ((s.value = o + 1), r.replaceChildren(`${i} `, s));
  }
  function T(t, e) {
    let n = document.querySelector(`[data-action="${t}"]`);
    n !== null && (n.disabled = e);
  }
  var K = "connect.facebook.net";
  function P(t, e) {
    let n = H(t);
    if (n === null || n.origin !== t) return !1;
    let o = H(e);
    return o !== null && o.host !== K && o.origin === t
      ? !0
      : n.protocol === "https:" && /^(?:[a-z0-9-]+\.)*facebook\.com$/.test(n.host);
  }
  function A(t) {
    let e = I(t);
    if (e?.type !== "WA_EMBEDDED_SIGNUP") return null;
    let n = I(e.data) ?? {},
      o = c(e.event) ?? "",
      i = c(n.waba_id),
      r = c(n.current_step),
      s = c(n.error_code) ?? c(n.error_id),
      a = c(n.session_id);
    return o === "FINISH_WHATSAPP_BUSINESS_APP_ONBOARDING"
      ? { kind: "finished", ...f("wabaId", i), ...f("phoneNumberId", c(n.phone_number_id)) }
      : o.startsWith("FINISH")
        ? { kind: "wrong_branch", code: o, ...f("wabaId", i) }
        : o === "ERROR" || (o === "CANCEL" && (s ?? a) !== void 0)
          ? { kind: "error", ...f("code", s), ...f("metaSession", a) }
          : o === "CANCEL"
            ? { kind: "cancelled", ...f("step", r) }
            : null;
  }
  function I(t) {
    let e = t;
    if (typeof t == "string")
      try {
        e = JSON.parse(t);
      } catch {
        return null;
      }
    return typeof e == "object" && e !== null && !Array.isArray(e) ? e : null;
  }
  function c(t) {
    let e = typeof t == "number" ? String(t) : t;
    return typeof e == "string" && /^[A-Za-z0-9_.:-]{1,100}$/.test(e) ? e : void 0;
  }
  function f(t, e) {
    return e === void 0 ? {} : { [t]: e };
  }
  function H(t) {
    try {
      return new URL(t);
    } catch {
      return null;
    }
  }
  var j = 1200,
    z = 1e3,
    y = class {
      #o;
      #d;
      #n;
      #i;
      #t = null;
      #s = !1;
      #e = !1;
      #r = 0;
      constructor(e) {
        ((this.#o = e.doors),
          (this.#d = e.sdkUrl),
          (this.#n = e.onChange),
          (this.#i = e.onLost),
          window.addEventListener("message", (n) => {
            this.#l(n);
          }));
      }
      get isOpen() {
        return this.#e;
      }
      async open(e, n) {
        ((this.#t = null), (this.#s = !1), (this.#r += 1));
        let o = this.#r,
          i = _(e, n, (r) => {
            this.#u(o, r);
          });
        return (
          i === "unseen" && (await q(z)),
          (this.#e = i === "opened" || (i === "unseen" && !document.hasFocus())),
          d(`${this.#o}/event`, { kind: this.#e ? "opened" : "blocked" }),
          this.#e
        );
      }
      async #l(e) {
        if (!P(e.origin, this.#d)) return;
        let n = A(e.data);
        if (n !== null) {
          if (((this.#t = n), n.kind === "finished" && this.#r === 0)) return this.#c(n);
          (n.kind === "finished" && !this.#s) || (await this.#a(n));
        }
      }
      async #u(e, n) {
        let o = n.authResponse?.code;
        if (o === void 0) {
          if ((await q(j), e !== this.#r || (!this.#e && this.#t === null))) return;
          if (((this.#e = !1), this.#t?.kind === "finished")) return this.#c(this.#t);
          if (this.#t === null) return this.#a({ kind: "cancelled" });
          this.#n();
          return;
        }
        let i = this.#t;
        if (i?.kind === "wrong_branch") {
          ((this.#e = !1), this.#n());
          return;
        }
        this.#s = !0;
        let r = await d(`${this.#o}/finish`, {
          code: o,
          ...(i?.kind === "finished"
            ? {
                ...(i.wabaId === void 0 ? {} : { waba_id: i.wabaId }),
                ...(i.phoneNumberId === void 0 ? {} : { phone_number_id: i.phoneNumberId }),
              }
            : {}),
        });
        ((this.#e = !1), this.#n(), r.kind !== "ok" && this.#i("code_lost"));
      }
      async #c(e) {
        (await this.#a(e), this.#i("code_lost"));
      }
      async #a(e) {
        let n = {
            kind: e.kind,
            ...("step" in e ? { step: e.step } : {}),
            ...("code" in e ? { code: e.code } : {}),
            ...("metaSession" in e ? { meta_session: e.metaSession } : {}),
            ...("wabaId" in e ? { waba_id: e.wabaId } : {}),
          },
          o = await d(`${this.#o}/event`, n);
        (e.kind !== "finished" && (this.#e = !1),
          this.#n(),
          o.kind === "offline" && this.#i("offline"));
      }
    };
  function q(t) {
    return new Promise((e) => setTimeout(e, t));
  }
  var W = 2e3,
    G = 5e3,
    V = ["start", "ready", "phone", "confirm"],
    l = k().dataset,
    p = l.doors ?? "",
    w = null,
    b = null;
  if (p !== "") {
    let t = new y({
      doors: p,
      sdkUrl: l.sdk ?? "",
      onChange: () => {
        m(t);
      },
      onLost: (e) => {
        (g(!1), u(e));
      },
    });
    (document.addEventListener("submit", (e) => {
      e.preventDefault();
      let n = e.target;
      (n.id === "number" && Z(n, t), n.id === "login" && F(t), n.id === "confirm" && J(n, t));
    }),
      document.addEventListener("click", (e) => {
        let o = e.target.closest("[data-action]")?.dataset.action;
        (o === "card-next" && S(1),
          o === "card-back" && S(-1),
          o === "login" && F(t),
          o === "share" && navigator.share({ url: $().value }).catch(() => {}),
          o === "copy" && te(),
          o === "again" && m(t));
      }),
      document.addEventListener("visibilitychange", () => {
        document.hidden || m(t);
      }),
      O(),
      Q(t));
  }
  function O() {
    (k().dataset.view ?? "") === "ready" && w === null && D();
    let e = document.querySelector('[data-action="share"]');
    (e !== null && (e.hidden = !("share" in navigator)), ee(), b !== null && u(b));
  }
  async function D() {
    if (l.config === "") return u("not_configured");
    try {
      ((w = await M({ url: l.sdk ?? "", appId: l.app ?? "", version: l.version ?? "" })),
        N(),
        E(!1));
    } catch {
      (u("sdk"), E(!1), d(`${p}/event`, { kind: "blocked", code: "sdk" }));
    }
  }
  function F(t) {
    if (w === null) {
      (E(!0), D());
      return;
    }
    (N(),
      t.open(w, l.config ?? "").then((e) => {
        if (e) return g(!0);
        (g(!1), u("popup_blocked"));
      }));
  }
  async function Z(t, e) {
    let n = t.elements.namedItem("number"),
      o = t.querySelector(".refusal"),
      i = n.value.trim();
    if (i === "") return n.focus();
    let r = R(t),
      s = await d(`${p}/number`, { number: i });
    if ((r(), s.kind === "ok" && s.body.ok)) return m(e);
    if (s.kind === "offline") return u("offline");
    let a = s.kind === "ok" ? (s.body.words ?? "") : s.detail;
    (o !== null && (o.textContent = a), n.setAttribute("aria-invalid", "true"), n.focus());
  }
  async function J(t, e) {
    let n = new FormData(t),
      o = n.get("phone_number_id"),
      i = R(t),
      r = await d(`${p}/confirm`, {
        timezone: n.get("timezone"),
        ...(o === null ? {} : { phone_number_id: o }),
        sync: { contacts: n.has("contacts"), history: n.has("history") },
      });
    if ((i(), r.kind === "offline")) return u("offline");
    await m(e);
    let s = document.getElementById("confirm-refusal");
    r.kind === "refused" && s !== null && (s.textContent = r.detail);
  }
  async function Q(t) {
    for (;;) {
      let e = k().dataset.view ?? "",
        n = V.includes(e) ? G : W;
      (await new Promise((o) => setTimeout(o, n)),
        !document.hidden && e !== "expired" && (await m(t)));
    }
  }
  async function m(t) {
    let e = await d(`${p}/state`);
    if (e.kind !== "ok") return;
    let n = k(),
      o = n.dataset.stamp === e.body.stamp;
    if (!(!o && n.dataset.view === "phone" && C(e.body))) {
      if (o) {
        (t.isOpen || g(!1), Y(e.body.progress));
        return;
      }
      (t.isOpen && C(e.body)) || (await X());
    }
  }
  function C({ view: t }) {
    return t === "start" || t === "ready";
  }
  async function X() {
    let t;
    try {
      t = await (await fetch(location.href, { cache: "no-store", credentials: "omit" })).text();
    } catch {
      return;
    }
    let e = new DOMParser().parseFromString(t, "text/html").querySelector("main"),
      n = k();
    if (e === null || e.dataset.stamp === n.dataset.stamp) return;
    let o = [...n.querySelectorAll("#login input:checked")],
      i = e.dataset.view === n.dataset.view;
    (i || (b = null), n.replaceWith(e));
    for (let { id: s } of o) {
      let a = document.getElementById(s);
      a instanceof HTMLInputElement && (a.checked = !0);
    }
    O();
    let r = i ? e.querySelector(".problem[data-problem]") : null;
    (r?.setAttribute("tabindex", "-1"),
      (r ?? e.querySelector("h1"))?.focus(),
      window.scrollTo({ top: 0 }));
  }
  function Y(t) {
    for (let [n, o] of Object.entries(t)) {
      let i = document.querySelector(`[data-bar="${n}"]`);
      if (i === null || o === null) continue;
      let r = i.querySelector("progress");
      (o.percent === null ? r?.removeAttribute("value") : r !== null && (r.value = o.percent),
        B(i.querySelector("[data-figure]"), o.figure),
        B(i.querySelector("[data-text]"), o.text),
        (i.className = `bar ${o.tone}`));
    }
    let e = document.querySelector("[data-moving]");
    e !== null && (e.hidden = document.querySelector(".bar.moving") === null);
  }
  function B(t, e) {
    t !== null && t.textContent !== e && (t.textContent = e);
  }
  function ee() {
    let t = document.querySelector("#timezone");
    if (t === null || !("suggest" in t.dataset)) return;
    let e = Intl.DateTimeFormat().resolvedOptions().timeZone;
    [...t.options].some((n) => n.value === e) && (t.value = e);
  }
  async function te() {
    let t = $();
    t.select();
    try {
      await navigator.clipboard.writeText(t.value);
    } catch {
      return;
    }
    let e = document.querySelector("[data-copied]");
    e !== null && (e.textContent = e.dataset.copied ?? "");
  }
  function u(t) {
    b = t;
    let e = document.querySelector('[data-problem="popup_blocked"]');
    e !== null && (e.hidden = !0);
    for (let n of document.querySelectorAll("[data-local]")) n.hidden = n.dataset.local !== t;
    document.querySelector(`[data-local="${t}"]`)?.scrollIntoView({ block: "center" });
  }
  function N() {
    b = null;
    for (let t of document.querySelectorAll("[data-local]")) t.hidden = !0;
  }
  function E(t) {
    let e = document.querySelector("[data-busy-text]");
    e !== null && (e.hidden = !t);
  }
  function R(t) {
    let e = t.querySelector("button[type=submit]"),
      n = e?.textContent ?? "";
    return (
      e !== null && ((e.disabled = !0), (e.textContent = e.dataset.busy ?? n)),
      () => {
        e !== null && ((e.disabled = !1), (e.textContent = n));
      }
    );
  }
  function k() {
    let t = document.querySelector("main");
    if (t === null) throw new Error("The page has no main.");
    return t;
  }
  function $() {
    return document.getElementById("link");
  }
})();
