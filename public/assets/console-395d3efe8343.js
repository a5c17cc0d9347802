"use strict";
(() => {
  var fr = "uplot",
    ur = "u-hz",
    cr = "u-vt",
    ar = "u-title",
    pr = "u-wrap",
    hr = "u-under",
    mr = "u-over",
    dr = "u-axis",
    Zt = "u-off",
    gr = "u-select",
    wr = "u-cursor-x",
    Sr = "u-cursor-y",
    yr = "u-cursor-pt",
    _r = "u-legend",
    vr = "u-live",
    xr = "u-inline",
    kr = "u-series",
    Tr = "u-marker",
    Qi = "u-label",
    br = "u-value",
    Hl = "width",
    Wl = "height";
  var Xi = "bottom",
    _l = "left",
    Yn = "right",
    ri = "#000",
    eo = ri + "0",
    Un = "mousemove",
    to = "mousedown",
    qn = "mouseup",
    lo = "mouseenter",
    no = "mouseleave",
    io = "dblclick",
    Er = "resize",
    Mr = "scroll",
    oo = "change",
    rn = "dppxchange",
    fi = "--",
    Ml = typeof window < "u",
    Zn = Ml ? document : null,
    xl = Ml ? window : null,
    Ar = Ml ? navigator : null,
    oe,
    ln;
  function Qn() {
    let e = devicePixelRatio;
    oe != e &&
      ((oe = e),
      ln && ei(oo, ln, Qn),
      (ln = matchMedia(
        `(min-resolution: ${oe - 0.001}dppx) and (max-resolution: ${oe + 0.001}dppx)`,
      )),
      Qt(oo, ln, Qn),
      xl.dispatchEvent(new CustomEvent(rn)));
  }
  function Xe(e, l) {
    if (l != null) {
      let o = e.classList;
      !o.contains(l) && o.add(l);
    }
  }
  function Xn(e, l) {
    let o = e.classList;
    o.contains(l) && o.remove(l);
  }
  function ge(e, l, o) {
    e.style[l] = o + "px";
  }
  function dt(e, l, o, n) {
    let s = Zn.createElement(e);
    return (l != null && Xe(s, l), o?.insertBefore(s, n), s);
  }
  function ft(e, l) {
    return dt("div", e, l);
  }
  var so = new WeakMap();
  function bt(e, l, o, n, s) {
    let c = "translate(" + l + "px," + o + "px)",
      u = so.get(e);
    c != u &&
      ((e.style.transform = c),
      so.set(e, c),
      l < 0 || o < 0 || l > n || o > s ? Xe(e, Zt) : Xn(e, Zt));
  }
  var ro = new WeakMap();
  function fo(e, l, o) {
    let n = l + o,
      s = ro.get(e);
    n != s && (ro.set(e, n), (e.style.background = l), (e.style.borderColor = o));
  }
  var uo = new WeakMap();
  function co(e, l, o, n) {
    let s = l + "" + o,
      c = uo.get(e);
    s != c &&
      (uo.set(e, s),
      (e.style.height = o + "px"),
      (e.style.width = l + "px"),
      (e.style.marginLeft = n ? -l / 2 + "px" : 0),
      (e.style.marginTop = n ? -o / 2 + "px" : 0));
  }
  var ui = { passive: !0 },
    Pr = { ...ui, capture: !0 };
  function Qt(e, l, o, n) {
    l.addEventListener(e, o, n ? Pr : ui);
  }
  function ei(e, l, o, n) {
    l.removeEventListener(e, o, ui);
  }
  Ml && Qn();
  function gt(e, l, o, n) {
    let s;
    ((o = o || 0), (n = n || l.length - 1));
    let c = n <= 2147483647;
    for (; n - o > 1;) ((s = c ? (o + n) >> 1 : et((o + n) / 2)), l[s] < e ? (o = s) : (n = s));
    return e - l[o] <= l[n] - e ? o : n;
  }
  function Ho(e) {
    return (o, n, s) => {
      let c = -1,
        u = -1;
      for (let p = n; p <= s; p++)
        if (e(o[p])) {
          c = p;
          break;
        }
      for (let p = s; p >= n; p--)
        if (e(o[p])) {
          u = p;
          break;
        }
      return [c, u];
    };
  }
  var Wo = (e) => e != null,
    Go = (e) => e != null && e > 0,
    cn = Ho(Wo),
    Lr = Ho(Go);
  function Dr(e, l, o, n = 0, s = !1) {
    let c = s ? Lr : cn,
      u = s ? Go : Wo;
    [l, o] = c(e, l, o);
    let p = e[l],
      m = e[l];
    if (l > -1)
      if (n == 1) ((p = e[l]), (m = e[o]));
      else if (n == -1) ((p = e[o]), (m = e[l]));
      else
        for (let d = l; d <= o; d++) {
          let _ = e[d];
          u(_) && (_ < p ? (p = _) : _ > m && (m = _));
        }
    return [p ?? ce, m ?? -ce];
  }
  function an(e, l, o, n) {
    let s = ho(e),
      c = ho(l);
    e == l && (s == -1 ? ((e *= o), (l /= o)) : ((e /= o), (l *= o)));
    let u = o == 10 ? Pt : Io,
      p = s == 1 ? et : ut,
      m = c == 1 ? ut : et,
      d = p(u(Ae(e))),
      _ = m(u(Ae(l))),
      g = kl(o, d),
      w = kl(o, _);
    return (
      o == 10 && (d < 0 && (g = ae(g, -d)), _ < 0 && (w = ae(w, -_))),
      n || o == 2 ? ((e = g * s), (l = w * c)) : ((e = qo(e, g)), (l = pn(l, w))),
      [e, l]
    );
  }
  function ci(e, l, o, n) {
    let s = an(e, l, o, n);
    return (e == 0 && (s[0] = 0), l == 0 && (s[1] = 0), s);
  }
  var ai = 0.1,
    ao = { mode: 3, pad: ai },
    Il = { pad: 0, soft: null, mode: 0 },
    Cr = { min: Il, max: Il };
  function fn(e, l, o, n) {
    return hn(o)
      ? po(e, l, o)
      : ((Il.pad = o), (Il.soft = n ? 0 : null), (Il.mode = n ? 3 : 0), po(e, l, Cr));
  }
  function ne(e, l) {
    return e ?? l;
  }
  function Vr(e, l, o) {
    for (l = ne(l, 0), o = ne(o, e.length - 1); l <= o;) {
      if (e[l] != null) return !0;
      l++;
    }
    return !1;
  }
  function po(e, l, o) {
    let n = o.min,
      s = o.max,
      c = ne(n.pad, 0),
      u = ne(s.pad, 0),
      p = ne(n.hard, -ce),
      m = ne(s.hard, ce),
      d = ne(n.soft, ce),
      _ = ne(s.soft, -ce),
      g = ne(n.mode, 0),
      w = ne(s.mode, 0),
      D = l - e,
      L = Pt(D),
      F = Ye(Ae(e), Ae(l)),
      H = Pt(F),
      G = Ae(H - L);
    (D < 1e-24 || G > 10) &&
      ((D = 0),
      (e == 0 || l == 0) &&
        ((D = 1e-24), g == 2 && d != ce && (c = 0), w == 2 && _ != -ce && (u = 0)));
    let x = D || F || 1e3,
      O = Pt(x),
      k = kl(10, et(O)),
      j = x * (D == 0 ? (e == 0 ? 0.1 : 1) : c),
      P = ae(qo(e - j, k / 10), 24),
      $ = e >= d && (g == 1 || (g == 3 && P <= d) || (g == 2 && P >= d)) ? d : ce,
      U = Ye(p, P < $ && e >= $ ? $ : wt($, P)),
      Q = x * (D == 0 ? (l == 0 ? 0.1 : 1) : u),
      Y = ae(pn(l + Q, k / 10), 24),
      T = l <= _ && (w == 1 || (w == 3 && Y >= _) || (w == 2 && Y <= _)) ? _ : -ce,
      K = wt(m, Y > T && l <= T ? T : Ye(T, Y));
    return (U == K && U == 0 && (K = 100), [U, K]);
  }
  var Rr = new Intl.NumberFormat(Ml ? Ar.language : "en-US"),
    pi = (e) => Rr.format(e),
    tt = Math,
    sn = tt.PI,
    Ae = tt.abs,
    et = tt.floor,
    Me = tt.round,
    ut = tt.ceil,
    wt = tt.min,
    Ye = tt.max,
    kl = tt.pow,
    ho = tt.sign,
    Pt = tt.log10,
    Io = tt.log2,
    zr = (e, l = 1) => tt.sinh(e) * l,
    Kn = (e, l = 1) => tt.asinh(e / l),
    ce = 1 / 0;
  function mo(e) {
    return (Pt((e ^ (e >> 31)) - (e >> 31)) | 0) + 1;
  }
  function ti(e, l, o) {
    return wt(Ye(e, l), o);
  }
  function Bo(e) {
    return typeof e == "function";
  }
  function X(e) {
    return Bo(e) ? e : () => e;
  }
  var Nr = () => {},
    Yo = (e) => e,
    Uo = (e, l) => l,
    Fr = (e) => null,
    go = (e) => !0,
    wo = (e, l) => e == l,
    Or = /\.\d*?(?=9{6,}|0{6,})/gm,
    Xt = (e) => {
      if (jo(e) || Ot.has(e)) return e;
      let l = `${e}`,
        o = l.match(Or);
      if (o == null) return e;
      let n = o[0].length - 1;
      if (l.indexOf("e-") != -1) {
        let [s, c] = l.split("e");
        return +`${Xt(s)}e${c}`;
      }
      return ae(e, n);
    };
  function $t(e, l) {
    return Xt(ae(Xt(e / l)) * l);
  }
  function pn(e, l) {
    return Xt(ut(Xt(e / l)) * l);
  }
  function qo(e, l) {
    return Xt(et(Xt(e / l)) * l);
  }
  function ae(e, l = 0) {
    if (jo(e)) return e;
    let o = 10 ** l,
      n = e * o * (1 + Number.EPSILON);
    return Me(n) / o;
  }
  var Ot = new Map();
  function Ko(e) {
    return (("" + e).split(".")[1] || "").length;
  }
  function Yl(e, l, o, n) {
    let s = [],
      c = n.map(Ko);
    for (let u = l; u < o; u++) {
      let p = Ae(u),
        m = ae(kl(e, u), p);
      for (let d = 0; d < n.length; d++) {
        let _ = e == 10 ? +`${n[d]}e${u}` : n[d] * m,
          g = (u >= 0 ? 0 : p) + (u >= c[d] ? 0 : c[d]),
          w = e == 10 ? _ : ae(_, g);
        (s.push(w), Ot.set(w, g));
      }
    }
    return s;
  }
  var Bl = {},
    hi = [],
    Tl = [null, null],
    Ft = Array.isArray,
    jo = Number.isInteger,
    Hr = (e) => e === void 0;
  function So(e) {
    return typeof e == "string";
  }
  function hn(e) {
    let l = !1;
    if (e != null) {
      let o = e.constructor;
      l = o == null || o == Object;
    }
    return l;
  }
  function Wr(e) {
    return e != null && typeof e == "object";
  }
  var Gr = Object.getPrototypeOf(Uint8Array),
    $o = "__proto__";
  function bl(e, l = hn) {
    let o;
    if (Ft(e)) {
      let n = e.find((s) => s != null);
      if (Ft(n) || l(n)) {
        o = Array(e.length);
        for (let s = 0; s < e.length; s++) o[s] = bl(e[s], l);
      } else o = e.slice();
    } else if (e instanceof Gr) o = e.slice();
    else if (l(e)) {
      o = {};
      for (let n in e) n != $o && (o[n] = bl(e[n], l));
    } else o = e;
    return o;
  }
  function Te(e) {
    let l = arguments;
    for (let o = 1; o < l.length; o++) {
      let n = l[o];
      for (let s in n) s != $o && (hn(e[s]) ? Te(e[s], bl(n[s])) : (e[s] = bl(n[s])));
    }
    return e;
  }
  var Ir = 0,
    Br = 1,
    Yr = 2;
  function Ur(e, l, o) {
    for (let n = 0, s, c = -1; n < l.length; n++) {
      let u = l[n];
      if (u > c) {
        for (s = u - 1; s >= 0 && e[s] == null;) e[s--] = null;
        for (s = u + 1; s < o && e[s] == null;) e[(c = s++)] = null;
      }
    }
  }
  function qr(e, l) {
    if ($r(e)) {
      let u = e[0].slice();
      for (let p = 1; p < e.length; p++) u.push(...e[p].slice(1));
      return (Jr(u[0]) || (u = jr(u)), u);
    }
    let o = new Set();
    for (let u = 0; u < e.length; u++) {
      let m = e[u][0],
        d = m.length;
      for (let _ = 0; _ < d; _++) o.add(m[_]);
    }
    let n = [Array.from(o).sort((u, p) => u - p)],
      s = n[0].length,
      c = new Map();
    for (let u = 0; u < s; u++) c.set(n[0][u], u);
    for (let u = 0; u < e.length; u++) {
      let p = e[u],
        m = p[0];
      for (let d = 1; d < p.length; d++) {
        let _ = p[d],
          g = Array(s).fill(void 0),
          w = l ? l[u][d] : Br,
          D = [];
        for (let L = 0; L < _.length; L++) {
          let F = _[L],
            H = c.get(m[L]);
          F === null ? w != Ir && ((g[H] = F), w == Yr && D.push(H)) : (g[H] = F);
        }
        (Ur(g, D, s), n.push(g));
      }
    }
    return n;
  }
  var Kr = typeof queueMicrotask > "u" ? (e) => Promise.resolve().then(e) : queueMicrotask;
  function jr(e) {
    let l = e[0],
      o = l.length,
      n = Array(o);
    for (let c = 0; c < n.length; c++) n[c] = c;
    n.sort((c, u) => l[c] - l[u]);
    let s = [];
    for (let c = 0; c < e.length; c++) {
      let u = e[c],
        p = Array(o);
      for (let m = 0; m < o; m++) p[m] = u[n[m]];
      s.push(p);
    }
    return s;
  }
  function $r(e) {
    let l = e[0][0],
      o = l.length;
    for (let n = 1; n < e.length; n++) {
      let s = e[n][0];
      if (s.length != o) return !1;
      if (s != l) {
        for (let c = 0; c < o; c++) if (s[c] != l[c]) return !1;
      }
    }
    return !0;
  }
  function Jr(e, l = 100) {
    let o = e.length;
    if (o <= 1) return !0;
    let n = 0,
      s = o - 1;
    for (; n <= s && e[n] == null;) n++;
    for (; s >= n && e[s] == null;) s--;
    if (s <= n) return !0;
    let c = Ye(1, et((s - n + 1) / l));
    for (let u = e[n], p = n + c; p <= s; p += c) {
      let m = e[p];
      if (m != null) {
        if (m <= u) return !1;
        u = m;
      }
    }
    return !0;
  }
  var Jo = [
      "January",
      "February",
      "March",
      "April",
      "May",
      "June",
      "July",
      "August",
      "September",
      "October",
      "November",
      "December",
    ],
    Zo = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  function Qo(e) {
    return e.slice(0, 3);
  }
  var Zr = Zo.map(Qo),
    Qr = Jo.map(Qo),
    Xr = { MMMM: Jo, MMM: Qr, WWWW: Zo, WWW: Zr };
  function Ol(e) {
    return (e < 10 ? "0" : "") + e;
  }
  function ef(e) {
    return (e < 10 ? "00" : e < 100 ? "0" : "") + e;
  }
  var tf = {
    YYYY: (e) => e.getFullYear(),
    YY: (e) => (e.getFullYear() + "").slice(2),
    MMMM: (e, l) => l.MMMM[e.getMonth()],
    MMM: (e, l) => l.MMM[e.getMonth()],
    MM: (e) => Ol(e.getMonth() + 1),
    M: (e) => e.getMonth() + 1,
    DD: (e) => Ol(e.getDate()),
    D: (e) => e.getDate(),
    WWWW: (e, l) => l.WWWW[e.getDay()],
    WWW: (e, l) => l.WWW[e.getDay()],
    HH: (e) => Ol(e.getHours()),
    H: (e) => e.getHours(),
    h: (e) => {
      let l = e.getHours();
      return l == 0 ? 12 : l > 12 ? l - 12 : l;
    },
    AA: (e) => (e.getHours() >= 12 ? "PM" : "AM"),
    aa: (e) => (e.getHours() >= 12 ? "pm" : "am"),
    a: (e) => (e.getHours() >= 12 ? "p" : "a"),
    mm: (e) => Ol(e.getMinutes()),
    m: (e) => e.getMinutes(),
    ss: (e) => Ol(e.getSeconds()),
    s: (e) => e.getSeconds(),
    fff: (e) => ef(e.getMilliseconds()),
  };
  function mi(e, l) {
    l = l || Xr;
    let o = [],
      n = /\{([a-z]+)\}|[^{]+/gi,
      s;
    for (; (s = n.exec(e));) o.push(s[0][0] == "{" ? tf[s[1]] : s[0]);
    return (c) => {
      let u = "";
      for (let p = 0; p < o.length; p++) u += typeof o[p] == "string" ? o[p] : o[p](c, l);
      return u;
    };
  }
  var lf = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  function nf(e, l) {
    let o;
    return (
      l == "UTC" || l == "Etc/UTC"
        ? (o = new Date(+e + e.getTimezoneOffset() * 6e4))
        : l == lf
          ? (o = e)
          : ((o = new Date(e.toLocaleString("en-US", { timeZone: l }))),
            o.setMilliseconds(e.getMilliseconds())),
      o
    );
  }
  var Xo = (e) => e % 1 == 0,
    un = [1, 2, 2.5, 5],
    of = Yl(10, -32, 0, un),
    es = Yl(10, 0, 32, un),
    sf = es.filter(Xo),
    Jt = of.concat(es),
    di = `
`,
    ts = "{YYYY}",
    yo = di + ts,
    ls = "{M}/{D}",
    Gl = di + ls,
    nn = Gl + "/{YY}",
    ns = "{aa}",
    rf = "{h}:{mm}",
    vl = rf + ns,
    _o = di + vl,
    vo = ":{ss}",
    re = null;
  function is(e) {
    let l = e * 1e3,
      o = l * 60,
      n = o * 60,
      s = n * 24,
      c = s * 30,
      u = s * 365,
      m = (e == 1 ? Yl(10, 0, 3, un).filter(Xo) : Yl(10, -3, 0, un)).concat([
        l,
        l * 5,
        l * 10,
        l * 15,
        l * 30,
        o,
        o * 5,
        o * 10,
        o * 15,
        o * 30,
        n,
        n * 2,
        n * 3,
        n * 4,
        n * 6,
        n * 8,
        n * 12,
        s,
        s * 2,
        s * 3,
        s * 4,
        s * 5,
        s * 6,
        s * 7,
        s * 8,
        s * 9,
        s * 10,
        s * 15,
        c,
        c * 2,
        c * 3,
        c * 4,
        c * 6,
        u,
        u * 2,
        u * 5,
        u * 10,
        u * 25,
        u * 50,
        u * 100,
      ]),
      d = [
        [u, ts, re, re, re, re, re, re, 1],
        [s * 28, "{MMM}", yo, re, re, re, re, re, 1],
        [s, ls, yo, re, re, re, re, re, 1],
        [n, "{h}" + ns, nn, re, Gl, re, re, re, 1],
        [o, vl, nn, re, Gl, re, re, re, 1],
        [l, vo, nn + " " + vl, re, Gl + " " + vl, re, _o, re, 1],
        [e, vo + ".{fff}", nn + " " + vl, re, Gl + " " + vl, re, _o, re, 1],
      ];
    function _(g) {
      return (w, D, L, F, H, G) => {
        let x = [],
          O = H >= u,
          k = H >= c && H < u,
          j = g(L),
          P = ae(j * e, 3),
          $ = jn(j.getFullYear(), O ? 0 : j.getMonth(), k || O ? 1 : j.getDate()),
          U = ae($ * e, 3);
        if (k || O) {
          let Q = k ? H / c : 0,
            Y = O ? H / u : 0,
            T = P == U ? P : ae(jn($.getFullYear() + Y, $.getMonth() + Q, 1) * e, 3),
            K = new Date(Me(T / e)),
            C = K.getFullYear(),
            I = K.getMonth();
          for (let N = 0; T <= F; N++) {
            let ee = jn(C + Y * N, I + Q * N, 1),
              z = ee - g(ae(ee * e, 3));
            ((T = ae((+ee + z) * e, 3)), T <= F && x.push(T));
          }
        } else {
          let Q = H >= s ? s : H,
            Y = et(L) - et(P),
            T = U + Y + pn(P - U, Q);
          x.push(T);
          let K = g(T),
            C = K.getHours() + K.getMinutes() / o + K.getSeconds() / n,
            I = H / n,
            N = w.axes[D]._space,
            ee = G / N;
          for (; (T = ae(T + H, e == 1 ? 0 : 3)), !(T > F);)
            if (I > 1) {
              let z = et(ae(C + I, 6)) % 24,
                te = g(T).getHours() - z;
              (te > 1 && (te = -1), (T -= te * n), (C = (C + I) % 24));
              let fe = x[x.length - 1];
              ae((T - fe) / H, 3) * ee >= 0.7 && x.push(T);
            } else x.push(T);
        }
        return x;
      };
    }
    return [m, d, _];
  }
  var [ff, uf, cf] = is(1),
    [af, pf, hf] = is(0.001);
  Yl(2, -53, 53, [1]);
  function xo(e, l) {
    return e.map((o) =>
      o.map((n, s) => (s == 0 || s == 8 || n == null ? n : l(s == 1 || o[8] == 0 ? n : o[1] + n))),
    );
  }
  function ko(e, l) {
    return (o, n, s, c, u) => {
      let p = l.find((L) => u >= L[0]) || l[l.length - 1],
        m,
        d,
        _,
        g,
        w,
        D;
      return n.map((L) => {
        let F = e(L),
          H = F.getFullYear(),
          G = F.getMonth(),
          x = F.getDate(),
          O = F.getHours(),
          k = F.getMinutes(),
          j = F.getSeconds(),
          P =
            (H != m && p[2]) ||
            (G != d && p[3]) ||
            (x != _ && p[4]) ||
            (O != g && p[5]) ||
            (k != w && p[6]) ||
            (j != D && p[7]) ||
            p[1];
        return ((m = H), (d = G), (_ = x), (g = O), (w = k), (D = j), P(F));
      });
    };
  }
  function mf(e, l) {
    let o = mi(l);
    return (n, s, c, u, p) => s.map((m) => o(e(m)));
  }
  function jn(e, l, o) {
    return new Date(e, l, o);
  }
  function To(e, l) {
    return l(e);
  }
  var df = "{YYYY}-{MM}-{DD} {h}:{mm}{aa}";
  function bo(e, l) {
    return (o, n, s, c) => (c == null ? fi : l(e(n)));
  }
  function gf(e, l) {
    let o = e.series[l];
    return o.width ? o.stroke(e, l) : o.points.width ? o.points.stroke(e, l) : null;
  }
  function wf(e, l) {
    return e.series[l].fill(e, l);
  }
  var Sf = {
    show: !0,
    live: !0,
    isolate: !1,
    mount: Nr,
    markers: { show: !0, width: 2, stroke: gf, fill: wf, dash: "solid" },
    idx: null,
    idxs: null,
    values: [],
  };
  function yf(e, l) {
    let o = e.cursor.points,
      n = ft(),
      s = o.size(e, l);
    (ge(n, Hl, s), ge(n, Wl, s));
    let c = s / -2;
    (ge(n, "marginLeft", c), ge(n, "marginTop", c));
    let u = o.width(e, l, s);
    return (u && ge(n, "borderWidth", u), n);
  }
  function _f(e, l) {
    let o = e.series[l].points;
    return o._fill || o._stroke;
  }
  function vf(e, l) {
    let o = e.series[l].points;
    return o._stroke || o._fill;
  }
  function xf(e, l) {
    return e.series[l].points.size;
  }
  var $n = [0, 0];
  function kf(e, l, o) {
    return (($n[0] = l), ($n[1] = o), $n);
  }
  function on(e, l, o, n = !0) {
    return (s) => {
      s.button == 0 && (!n || s.target == l) && o(s);
    };
  }
  function Jn(e, l, o, n = !0) {
    return (s) => {
      (!n || s.target == l) && o(s);
    };
  }
  var Tf = {
      show: !0,
      x: !0,
      y: !0,
      lock: !1,
      move: kf,
      points: { one: !1, show: yf, size: xf, width: 0, stroke: vf, fill: _f },
      bind: {
        mousedown: on,
        mouseup: on,
        click: on,
        dblclick: on,
        mousemove: Jn,
        mouseleave: Jn,
        mouseenter: Jn,
      },
      drag: {
        setScale: !0,
        x: !0,
        y: !1,
        dist: 0,
        uni: null,
        click: (e, l) => {
          (l.stopPropagation(), l.stopImmediatePropagation());
        },
        _x: !1,
        _y: !1,
      },
      focus: { dist: (e, l, o, n, s) => n - s, prox: -1, bias: 0 },
      hover: { skip: [void 0], prox: null, bias: 0 },
      left: -10,
      top: -10,
      idx: null,
      dataIdx: null,
      idxs: null,
      event: null,
    },
    os = { show: !0, stroke: "rgba(0,0,0,0.07)", width: 2 },
    gi = Te({}, os, { filter: Uo }),
    ss = Te({}, gi, { size: 10 }),
    rs = Te({}, os, { show: !1 }),
    wi =
      '12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Apple Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"',
    fs = "bold " + wi,
    us = 1.5,
    Eo = {
      show: !0,
      scale: "x",
      stroke: ri,
      space: 50,
      gap: 5,
      alignTo: 1,
      size: 50,
      labelGap: 0,
      labelSize: 30,
      labelFont: fs,
      side: 2,
      grid: gi,
      ticks: ss,
      border: rs,
      font: wi,
      lineGap: us,
      rotate: 0,
    },
    bf = "Value",
    Ef = "Time",
    Mo = { show: !0, scale: "x", auto: !1, sorted: 1, min: ce, max: -ce, idxs: [] };
  function Mf(e, l, o, n, s) {
    return l.map((c) => (c == null ? "" : pi(c)));
  }
  function Af(e, l, o, n, s, c, u) {
    let p = [],
      m = Ot.get(s) || 0;
    o = u ? o : ae(pn(o, s), m);
    for (let d = o; d <= n; d = ae(d + s, m)) p.push(Object.is(d, -0) ? 0 : d);
    return p;
  }
  function li(e, l, o, n, s, c, u) {
    let p = [],
      m = e.scales[e.axes[l].scale].log,
      d = m == 10 ? Pt : Io,
      _ = et(d(o));
    ((s = kl(m, _)), m == 10 && (s = Jt[gt(s, Jt)]));
    let g = o,
      w = s * m;
    m == 10 && (w = Jt[gt(w, Jt)]);
    do
      (p.push(g),
        (g = g + s),
        m == 10 && !Ot.has(g) && (g = ae(g, Ot.get(s))),
        g >= w && ((s = g), (w = s * m), m == 10 && (w = Jt[gt(w, Jt)])));
    while (g <= n);
    return p;
  }
  function Pf(e, l, o, n, s, c, u) {
    let m = e.scales[e.axes[l].scale].asinh,
      d = n > m ? li(e, l, Ye(m, o), n, s) : [m],
      _ = n >= 0 && o <= 0 ? [0] : [];
    return (o < -m ? li(e, l, Ye(m, -n), -o, s) : [m])
      .reverse()
      .map((w) => -w)
      .concat(_, d);
  }
  var cs = /./,
    Lf = /[12357]/,
    Df = /[125]/,
    Ao = /1/,
    ni = (e, l, o, n) =>
      e.map((s, c) =>
        (l == 4 && s == 0) || (c % n == 0 && o.test(s.toExponential()[s < 0 ? 1 : 0])) ? s : null,
      );
  function Cf(e, l, o, n, s) {
    let c = e.axes[o],
      u = c.scale,
      p = e.scales[u],
      m = e.valToPos,
      d = c._space,
      _ = m(10, u),
      g = m(9, u) - _ >= d ? cs : m(7, u) - _ >= d ? Lf : m(5, u) - _ >= d ? Df : Ao;
    if (g == Ao) {
      let w = Ae(m(1, u) - _);
      if (w < d) return ni(l.slice().reverse(), p.distr, g, ut(d / w)).reverse();
    }
    return ni(l, p.distr, g, 1);
  }
  function Vf(e, l, o, n, s) {
    let c = e.axes[o],
      u = c.scale,
      p = c._space,
      m = e.valToPos,
      d = Ae(m(1, u) - m(2, u));
    return d < p ? ni(l.slice().reverse(), 3, cs, ut(p / d)).reverse() : l;
  }
  function Rf(e, l, o, n) {
    return n == null ? fi : l == null ? "" : pi(l);
  }
  var Po = {
    show: !0,
    scale: "y",
    stroke: ri,
    space: 30,
    gap: 5,
    alignTo: 1,
    size: 50,
    labelGap: 0,
    labelSize: 30,
    labelFont: fs,
    side: 3,
    grid: gi,
    ticks: ss,
    border: rs,
    font: wi,
    lineGap: us,
    rotate: 0,
  };
  function zf(e, l) {
    let o = 3 + (e || 1) * 2;
    return ae(o * l, 3);
  }
  function Nf(e, l) {
    let { scale: o, idxs: n } = e.series[0],
      s = e._data[0],
      c = e.valToPos(s[n[0]], o, !0),
      u = e.valToPos(s[n[1]], o, !0),
      p = Ae(u - c),
      m = e.series[l],
      d = p / (m.points.space * oe);
    return n[1] - n[0] <= d;
  }
  var Lo = { scale: null, auto: !0, sorted: 0, min: ce, max: -ce },
    as = (e, l, o, n, s) => s,
    Do = {
      show: !0,
      auto: !0,
      sorted: 0,
      gaps: as,
      alpha: 1,
      facets: [Te({}, Lo, { scale: "x" }), Te({}, Lo, { scale: "y" })],
    },
    Co = {
      scale: "y",
      auto: !0,
      sorted: 0,
      show: !0,
      spanGaps: !1,
      gaps: as,
      alpha: 1,
      points: { show: Nf, filter: null },
      values: null,
      min: ce,
      max: -ce,
      idxs: [],
      path: null,
      clip: null,
    };
  function Ff(e, l, o, n, s) {
    return o / 10;
  }
  var ps = {
      time: !0,
      auto: !0,
      distr: 1,
      log: 10,
      asinh: 1,
      min: null,
      max: null,
      dir: 1,
      ori: 0,
    },
    Of = Te({}, ps, { time: !1, ori: 1 }),
    Vo = {};
  function hs(e, l) {
    let o = Vo[e];
    return (
      o ||
        ((o = {
          key: e,
          plots: [],
          sub(n) {
            o.plots.push(n);
          },
          unsub(n) {
            o.plots = o.plots.filter((s) => s != n);
          },
          pub(n, s, c, u, p, m, d) {
            for (let _ = 0; _ < o.plots.length; _++)
              o.plots[_] != s && o.plots[_].pub(n, s, c, u, p, m, d);
          },
        }),
        e != null && (Vo[e] = o)),
      o
    );
  }
  var El = 1,
    ii = 2;
  function el(e, l, o) {
    let n = e.mode,
      s = e.series[l],
      c = n == 2 ? e._data[l] : e._data,
      u = e.scales,
      p = e.bbox,
      m = c[0],
      d = n == 2 ? c[1] : c[l],
      _ = n == 2 ? u[s.facets[0].scale] : u[e.series[0].scale],
      g = n == 2 ? u[s.facets[1].scale] : u[s.scale],
      w = p.left,
      D = p.top,
      L = p.width,
      F = p.height,
      H = e.valToPosH,
      G = e.valToPosV;
    return _.ori == 0
      ? o(s, m, d, _, g, H, G, w, D, L, F, dn, Al, wn, ds, ws)
      : o(s, m, d, _, g, G, H, D, w, F, L, gn, Pl, _i, gs, Ss);
  }
  function Si(e, l) {
    let o = 0,
      n = 0,
      s = ne(e.bands, hi);
    for (let c = 0; c < s.length; c++) {
      let u = s[c];
      u.series[0] == l ? (o = u.dir) : u.series[1] == l && (u.dir == 1 ? (n |= 1) : (n |= 2));
    }
    return [o, n == 1 ? -1 : n == 2 ? 1 : n == 3 ? 2 : 0];
  }
  function Hf(e, l, o, n, s) {
    let c = e.mode,
      u = e.series[l],
      p = c == 2 ? u.facets[1].scale : u.scale,
      m = e.scales[p];
    return s == -1 ? m.min : s == 1 ? m.max : m.distr == 3 ? (m.dir == 1 ? m.min : m.max) : 0;
  }
  function Lt(e, l, o, n, s, c) {
    return el(e, l, (u, p, m, d, _, g, w, D, L, F, H) => {
      let G = u.pxRound,
        x = d.dir * (d.ori == 0 ? 1 : -1),
        O = d.ori == 0 ? Al : Pl,
        k,
        j;
      x == 1 ? ((k = o), (j = n)) : ((k = n), (j = o));
      let P = G(g(p[k], d, F, D)),
        $ = G(w(m[k], _, H, L)),
        U = G(g(p[j], d, F, D)),
        Q = G(w(c == 1 ? _.max : _.min, _, H, L)),
        Y = new Path2D(s);
      return (O(Y, U, Q), O(Y, P, Q), O(Y, P, $), Y);
    });
  }
  function mn(e, l, o, n, s, c) {
    let u = null;
    if (e.length > 0) {
      u = new Path2D();
      let p = l == 0 ? wn : _i,
        m = o;
      for (let g = 0; g < e.length; g++) {
        let w = e[g];
        if (w[1] > w[0]) {
          let D = w[0] - m;
          (D > 0 && p(u, m, n, D, n + c), (m = w[1]));
        }
      }
      let d = o + s - m,
        _ = 10;
      d > 0 && p(u, m, n - _ / 2, d, n + c + _);
    }
    return u;
  }
  function Wf(e, l, o) {
    let n = e[e.length - 1];
    n && n[0] == l ? (n[1] = o) : e.push([l, o]);
  }
  function yi(e, l, o, n, s, c, u) {
    let p = [],
      m = e.length;
    for (let d = s == 1 ? o : n; d >= o && d <= n; d += s)
      if (l[d] === null) {
        let g = d,
          w = d;
        if (s == 1) for (; ++d <= n && l[d] === null;) w = d;
        else for (; --d >= o && l[d] === null;) w = d;
        let D = c(e[g]),
          L = w == g ? D : c(e[w]),
          F = g - s;
        D = u <= 0 && F >= 0 && F < m ? c(e[F]) : D;
        let G = w + s;
        ((L = u >= 0 && G >= 0 && G < m ? c(e[G]) : L), L >= D && p.push([D, L]));
      }
    return p;
  }
  function Ro(e) {
    return e == 0 ? Yo : e == 1 ? Me : (l) => $t(l, e);
  }
  function ms(e) {
    let l = e == 0 ? dn : gn,
      o =
        e == 0
          ? (s, c, u, p, m, d) => {
              s.arcTo(c, u, p, m, d);
            }
          : (s, c, u, p, m, d) => {
              s.arcTo(u, c, m, p, d);
            },
      n =
        e == 0
          ? (s, c, u, p, m) => {
              s.rect(c, u, p, m);
            }
          : (s, c, u, p, m) => {
              s.rect(u, c, m, p);
            };
    return (s, c, u, p, m, d = 0, _ = 0) => {
      d == 0 && _ == 0
        ? n(s, c, u, p, m)
        : ((d = wt(d, p / 2, m / 2)),
          (_ = wt(_, p / 2, m / 2)),
          l(s, c + d, u),
          o(s, c + p, u, c + p, u + m, d),
          o(s, c + p, u + m, c, u + m, _),
          o(s, c, u + m, c, u, _),
          o(s, c, u, c + p, u, d),
          s.closePath());
    };
  }
  var dn = (e, l, o) => {
      e.moveTo(l, o);
    },
    gn = (e, l, o) => {
      e.moveTo(o, l);
    },
    Al = (e, l, o) => {
      e.lineTo(l, o);
    },
    Pl = (e, l, o) => {
      e.lineTo(o, l);
    },
    wn = ms(0),
    _i = ms(1),
    ds = (e, l, o, n, s, c) => {
      e.arc(l, o, n, s, c);
    },
    gs = (e, l, o, n, s, c) => {
      e.arc(o, l, n, s, c);
    },
    ws = (e, l, o, n, s, c, u) => {
      e.bezierCurveTo(l, o, n, s, c, u);
    },
    Ss = (e, l, o, n, s, c, u) => {
      e.bezierCurveTo(o, l, s, n, u, c);
    };
  function ys(e) {
    return (l, o, n, s, c) =>
      el(l, o, (u, p, m, d, _, g, w, D, L, F, H) => {
        let { pxRound: G, points: x } = u,
          O,
          k;
        d.ori == 0 ? ((O = dn), (k = ds)) : ((O = gn), (k = gs));
        let j = ae(x.width * oe, 3),
          P = ((x.size - x.width) / 2) * oe,
          $ = ae(P * 2, 3),
          U = new Path2D(),
          Q = new Path2D(),
          { left: Y, top: T, width: K, height: C } = l.bbox;
        wn(Q, Y - $, T - $, K + $ * 2, C + $ * 2);
        let I = (N) => {
          if (m[N] != null) {
            let ee = G(g(p[N], d, F, D)),
              z = G(w(m[N], _, H, L));
            (O(U, ee + P, z), k(U, ee, z, P, 0, sn * 2));
          }
        };
        if (c) c.forEach(I);
        else for (let N = n; N <= s; N++) I(N);
        return { stroke: j > 0 ? U : null, fill: U, clip: Q, flags: El | ii };
      });
  }
  function _s(e) {
    return (l, o, n, s, c, u) => {
      n != s && (c != n && u != n && e(l, o, n), c != s && u != s && e(l, o, s), e(l, o, u));
    };
  }
  var Gf = _s(Al),
    If = _s(Pl);
  function vs(e) {
    let l = ne(e?.alignGaps, 0);
    return (o, n, s, c) =>
      el(o, n, (u, p, m, d, _, g, w, D, L, F, H) => {
        [s, c] = cn(m, s, c);
        let G = u.pxRound,
          x = (C) => G(g(C, d, F, D)),
          O = (C) => G(w(C, _, H, L)),
          k,
          j;
        d.ori == 0 ? ((k = Al), (j = Gf)) : ((k = Pl), (j = If));
        let P = d.dir * (d.ori == 0 ? 1 : -1),
          $ = { stroke: new Path2D(), fill: null, clip: null, band: null, gaps: null, flags: El },
          U = $.stroke,
          Q = !1;
        if (c - s >= F * 4) {
          let C = (V) => o.posToVal(V, d.key, !0),
            I = null,
            N = null,
            ee,
            z,
            Ue,
            we = x(p[P == 1 ? s : c]),
            te = x(p[s]),
            fe = x(p[c]),
            J = C(P == 1 ? te + 1 : fe - 1);
          for (let V = P == 1 ? s : c; V >= s && V <= c; V += P) {
            let be = p[V],
              Se = (P == 1 ? be < J : be > J) ? we : x(be),
              se = m[V];
            Se == we
              ? se != null
                ? ((z = se),
                  I == null
                    ? (k(U, Se, O(z)), (ee = I = N = z))
                    : z < I
                      ? (I = z)
                      : z > N && (N = z))
                : se === null && (Q = !0)
              : (I != null && j(U, we, O(I), O(N), O(ee), O(z)),
                se != null
                  ? ((z = se), k(U, Se, O(z)), (I = N = ee = z))
                  : ((I = N = null), se === null && (Q = !0)),
                (we = Se),
                (J = C(we + P)));
          }
          I != null && I != N && Ue != we && j(U, we, O(I), O(N), O(ee), O(z));
        } else
          for (let C = P == 1 ? s : c; C >= s && C <= c; C += P) {
            let I = m[C];
            I === null ? (Q = !0) : I != null && k(U, x(p[C]), O(I));
          }
        let [T, K] = Si(o, n);
        if (u.fill != null || T != 0) {
          let C = ($.fill = new Path2D(U)),
            I = u.fillTo(o, n, u.min, u.max, T),
            N = O(I),
            ee = x(p[s]),
            z = x(p[c]);
          (P == -1 && ([z, ee] = [ee, z]), k(C, z, N), k(C, ee, N));
        }
        if (!u.spanGaps) {
          let C = [];
          (Q && C.push(...yi(p, m, s, c, P, x, l)),
            ($.gaps = C = u.gaps(o, n, s, c, C)),
            ($.clip = mn(C, d.ori, D, L, F, H)));
        }
        return (
          K != 0 &&
            ($.band =
              K == 2 ? [Lt(o, n, s, c, U, -1), Lt(o, n, s, c, U, 1)] : Lt(o, n, s, c, U, K)),
          $
        );
      });
  }
  function Bf(e) {
    let l = ne(e.align, 1),
      o = ne(e.ascDesc, !1),
      n = ne(e.alignGaps, 0),
      s = ne(e.extend, !1);
    return (c, u, p, m) =>
      el(c, u, (d, _, g, w, D, L, F, H, G, x, O) => {
        [p, m] = cn(g, p, m);
        let k = d.pxRound,
          { left: j, width: P } = c.bbox,
          $ = (te) => k(L(te, w, x, H)),
          U = (te) => k(F(te, D, O, G)),
          Q = w.ori == 0 ? Al : Pl,
          Y = { stroke: new Path2D(), fill: null, clip: null, band: null, gaps: null, flags: El },
          T = Y.stroke,
          K = w.dir * (w.ori == 0 ? 1 : -1),
          C = U(g[K == 1 ? p : m]),
          I = $(_[K == 1 ? p : m]),
          N = I,
          ee = I;
        (s && l == -1 && ((ee = j), Q(T, ee, C)), Q(T, I, C));
        for (let te = K == 1 ? p : m; te >= p && te <= m; te += K) {
          let fe = g[te];
          if (fe == null) continue;
          let J = $(_[te]),
            V = U(fe);
          (l == 1 ? Q(T, J, C) : Q(T, N, V), Q(T, J, V), (C = V), (N = J));
        }
        let z = N;
        s && l == 1 && ((z = j + P), Q(T, z, C));
        let [Ue, we] = Si(c, u);
        if (d.fill != null || Ue != 0) {
          let te = (Y.fill = new Path2D(T)),
            fe = d.fillTo(c, u, d.min, d.max, Ue),
            J = U(fe);
          (Q(te, z, J), Q(te, ee, J));
        }
        if (!d.spanGaps) {
          let te = [];
          te.push(...yi(_, g, p, m, K, $, n));
          let fe = (d.width * oe) / 2,
            J = o || l == 1 ? fe : -fe,
            V = o || l == -1 ? -fe : fe;
          (te.forEach((be) => {
            ((be[0] += J), (be[1] += V));
          }),
            (Y.gaps = te = d.gaps(c, u, p, m, te)),
            (Y.clip = mn(te, w.ori, H, G, x, O)));
        }
        return (
          we != 0 &&
            (Y.band =
              we == 2 ? [Lt(c, u, p, m, T, -1), Lt(c, u, p, m, T, 1)] : Lt(c, u, p, m, T, we)),
          Y
        );
      });
  }
  function zo(e, l, o, n, s, c, u = ce) {
    if (e.length > 1) {
      let p = null;
      for (let m = 0, d = 1 / 0; m < e.length; m++)
        if (l[m] !== void 0) {
          if (p != null) {
            let _ = Ae(e[m] - e[p]);
            _ < d && ((d = _), (u = Ae(o(e[m], n, s, c) - o(e[p], n, s, c))));
          }
          p = m;
        }
    }
    return u;
  }
  function Yf(e) {
    e = e || Bl;
    let l = ne(e.size, [0.6, ce, 1]),
      o = e.align || 0,
      n = e.gap || 0,
      s = e.radius;
    s = s == null ? [0, 0] : typeof s == "number" ? [s, 0] : s;
    let c = X(s),
      u = 1 - l[0],
      p = ne(l[1], ce),
      m = ne(l[2], 1),
      d = ne(e.disp, Bl),
      _ = ne(e.each, (D) => {}),
      { fill: g, stroke: w } = d;
    return (D, L, F, H) =>
      el(D, L, (G, x, O, k, j, P, $, U, Q, Y, T) => {
        let K = G.pxRound,
          C = o,
          I = n * oe,
          N = p * oe,
          ee = m * oe,
          z,
          Ue;
        k.ori == 0 ? ([z, Ue] = c(D, L)) : ([Ue, z] = c(D, L));
        let we = k.dir * (k.ori == 0 ? 1 : -1),
          te = k.ori == 0 ? wn : _i,
          fe =
            k.ori == 0
              ? _
              : (M, pe, Ee, il, Gt, yt, It) => {
                  _(M, pe, Ee, Gt, il, It, yt);
                },
          J = ne(D.bands, hi).find((M) => M.series[0] == L),
          V = J != null ? J.dir : 0,
          be = G.fillTo(D, L, G.min, G.max, V),
          He = K($(be, j, T, Q)),
          Se,
          se,
          ct,
          je = Y,
          _e = K(G.width * oe),
          St = !1,
          Et = null,
          lt = null,
          Dt = null,
          tl = null;
        g != null &&
          (_e == 0 || w != null) &&
          ((St = !0),
          (Et = g.values(D, L, F, H)),
          (lt = new Map()),
          new Set(Et).forEach((M) => {
            M != null && lt.set(M, new Path2D());
          }),
          _e > 0 &&
            ((Dt = w.values(D, L, F, H)),
            (tl = new Map()),
            new Set(Dt).forEach((M) => {
              M != null && tl.set(M, new Path2D());
            })));
        let { x0: ll, size: Ll } = d;
        if (ll != null && Ll != null) {
          ((C = 1),
            (x = ll.values(D, L, F, H)),
            ll.unit == 2 && (x = x.map((Ee) => D.posToVal(U + Ee * Y, k.key, !0))));
          let M = Ll.values(D, L, F, H);
          (Ll.unit == 2 ? (se = M[0] * Y) : (se = P(M[0], k, Y, U) - P(0, k, Y, U)),
            (je = zo(x, O, P, k, Y, U, je)),
            (ct = je - se + I));
        } else ((je = zo(x, O, P, k, Y, U, je)), (ct = je * u + I), (se = je - ct));
        (ct < 1 && (ct = 0), _e >= se / 2 && (_e = 0), ct < 5 && (K = Yo));
        let ql = ct > 0,
          Ht = je - ct - (ql ? _e : 0);
        ((se = K(ti(Ht, ee, N))),
          (Se =
            (C == 0 ? se / 2 : C == we ? 0 : se) -
            C * we * ((C == 0 ? I / 2 : 0) + (ql ? _e / 2 : 0))));
        let We = { stroke: null, fill: null, clip: null, band: null, gaps: null, flags: 0 },
          nl = St ? null : new Path2D(),
          Mt = null;
        if (J != null) Mt = D.data[J.series[1]];
        else {
          let { y0: M, y1: pe } = d;
          M != null && pe != null && ((O = pe.values(D, L, F, H)), (Mt = M.values(D, L, F, H)));
        }
        let Wt = z * se,
          q = Ue * se;
        for (let M = we == 1 ? F : H; M >= F && M <= H; M += we) {
          let pe = O[M];
          if (pe == null) continue;
          if (Mt != null) {
            let qe = Mt[M] ?? 0;
            if (pe - qe == 0) continue;
            He = $(qe, j, T, Q);
          }
          let Ee = k.distr != 2 || d != null ? x[M] : M,
            il = P(Ee, k, Y, U),
            Gt = $(ne(pe, be), j, T, Q),
            yt = K(il - Se),
            It = K(Ye(Gt, He)),
            $e = K(wt(Gt, He)),
            nt = It - $e;
          if (pe != null) {
            let qe = pe < 0 ? q : Wt,
              at = pe < 0 ? Wt : q;
            (St
              ? (_e > 0 &&
                  Dt[M] != null &&
                  te(tl.get(Dt[M]), yt, $e + et(_e / 2), se, Ye(0, nt - _e), qe, at),
                Et[M] != null && te(lt.get(Et[M]), yt, $e + et(_e / 2), se, Ye(0, nt - _e), qe, at))
              : te(nl, yt, $e + et(_e / 2), se, Ye(0, nt - _e), qe, at),
              fe(D, L, M, yt - _e / 2, $e, se + _e, nt));
          }
        }
        return (
          _e > 0
            ? (We.stroke = St ? tl : nl)
            : St || ((We._fill = G.width == 0 ? G._fill : (G._stroke ?? G._fill)), (We.width = 0)),
          (We.fill = St ? lt : nl),
          We
        );
      });
  }
  function Uf(e, l) {
    let o = ne(l?.alignGaps, 0);
    return (n, s, c, u) =>
      el(n, s, (p, m, d, _, g, w, D, L, F, H, G) => {
        [c, u] = cn(d, c, u);
        let x = p.pxRound,
          O = (z) => x(w(z, _, H, L)),
          k = (z) => x(D(z, g, G, F)),
          j,
          P,
          $;
        _.ori == 0 ? ((j = dn), ($ = Al), (P = ws)) : ((j = gn), ($ = Pl), (P = Ss));
        let U = _.dir * (_.ori == 0 ? 1 : -1),
          Q = O(m[U == 1 ? c : u]),
          Y = Q,
          T = [],
          K = [];
        for (let z = U == 1 ? c : u; z >= c && z <= u; z += U)
          if (d[z] != null) {
            let we = m[z],
              te = O(we);
            (T.push((Y = te)), K.push(k(d[z])));
          }
        let C = {
            stroke: e(T, K, j, $, P, x),
            fill: null,
            clip: null,
            band: null,
            gaps: null,
            flags: El,
          },
          I = C.stroke,
          [N, ee] = Si(n, s);
        if (p.fill != null || N != 0) {
          let z = (C.fill = new Path2D(I)),
            Ue = p.fillTo(n, s, p.min, p.max, N),
            we = k(Ue);
          ($(z, Y, we), $(z, Q, we));
        }
        if (!p.spanGaps) {
          let z = [];
          (z.push(...yi(m, d, c, u, U, O, o)),
            (C.gaps = z = p.gaps(n, s, c, u, z)),
            (C.clip = mn(z, _.ori, L, F, H, G)));
        }
        return (
          ee != 0 &&
            (C.band =
              ee == 2 ? [Lt(n, s, c, u, I, -1), Lt(n, s, c, u, I, 1)] : Lt(n, s, c, u, I, ee)),
          C
        );
      });
  }
  function qf(e) {
    return Uf(Kf, e);
  }
  function Kf(e, l, o, n, s, c) {
    let u = e.length;
    if (u < 2) return null;
    let p = new Path2D();
    if ((o(p, e[0], l[0]), u == 2)) n(p, e[1], l[1]);
    else {
      let m = Array(u),
        d = Array(u - 1),
        _ = Array(u - 1),
        g = Array(u - 1);
      for (let w = 0; w < u - 1; w++)
        ((_[w] = l[w + 1] - l[w]), (g[w] = e[w + 1] - e[w]), (d[w] = _[w] / g[w]));
      m[0] = d[0];
      for (let w = 1; w < u - 1; w++)
        d[w] === 0 || d[w - 1] === 0 || d[w - 1] > 0 != d[w] > 0
          ? (m[w] = 0)
          : ((m[w] =
              (3 * (g[w - 1] + g[w])) /
              ((2 * g[w] + g[w - 1]) / d[w - 1] + (g[w] + 2 * g[w - 1]) / d[w])),
            isFinite(m[w]) || (m[w] = 0));
      m[u - 1] = d[u - 2];
      for (let w = 0; w < u - 1; w++)
        s(
          p,
          e[w] + g[w] / 3,
          l[w] + (m[w] * g[w]) / 3,
          e[w + 1] - g[w] / 3,
          l[w + 1] - (m[w + 1] * g[w]) / 3,
          e[w + 1],
          l[w + 1],
        );
    }
    return p;
  }
  var oi = new Set();
  function No() {
    for (let e of oi) e.syncRect(!0);
  }
  Ml &&
    (Qt(Er, xl, No),
    Qt(Mr, xl, No, !0),
    Qt(rn, xl, () => {
      Pe.pxRatio = oe;
    }));
  var jf = vs(),
    $f = ys();
  function Fo(e, l, o, n) {
    return (n ? [e[0], e[1]].concat(e.slice(2)) : [e[0]].concat(e.slice(1))).map((c, u) =>
      si(c, u, l, o),
    );
  }
  function Jf(e, l) {
    return e.map((o, n) => (n == 0 ? {} : Te({}, l, o)));
  }
  function si(e, l, o, n) {
    return Te({}, l == 0 ? o : n, e);
  }
  function xs(e, l, o) {
    return l == null ? Tl : [l, o];
  }
  var Zf = xs;
  function Qf(e, l, o) {
    return l == null ? Tl : fn(l, o, ai, !0);
  }
  function ks(e, l, o, n) {
    return l == null ? Tl : an(l, o, e.scales[n].log, !1);
  }
  var Xf = ks;
  function Ts(e, l, o, n) {
    return l == null ? Tl : ci(l, o, e.scales[n].log, !1);
  }
  var eu = Ts;
  function tu(e, l, o, n, s) {
    let c = Ye(mo(e), mo(l)),
      u = l - e,
      p = gt((s / n) * u, o);
    do {
      let m = o[p],
        d = (n * m) / u;
      if (d >= s && c + (m < 5 ? Ot.get(m) : 0) <= 17) return [m, d];
    } while (++p < o.length);
    return [0, 0];
  }
  function Oo(e) {
    let l, o;
    return ((e = e.replace(/(\d+)px/, (n, s) => (l = Me((o = +s) * oe)) + "px")), [e, l, o]);
  }
  function lu(e) {
    e.show &&
      [e.font, e.labelFont].forEach((l) => {
        let o = ae(l[2] * oe, 1);
        ((l[0] = l[0].replace(/[0-9.]+px/, o + "px")), (l[1] = o));
      });
  }
  function Pe(e, l, o) {
    let n = { mode: ne(e.mode, 1) },
      s = n.mode;
    function c(t, i, r, f) {
      let a = i.valToPct(t);
      return f + r * (i.dir == -1 ? 1 - a : a);
    }
    function u(t, i, r, f) {
      let a = i.valToPct(t);
      return f + r * (i.dir == -1 ? a : 1 - a);
    }
    function p(t, i, r, f) {
      return i.ori == 0 ? c(t, i, r, f) : u(t, i, r, f);
    }
    ((n.valToPosH = c), (n.valToPosV = u));
    let m = !1;
    n.status = 0;
    let d = (n.root = ft(fr));
    if ((e.id != null && (d.id = e.id), Xe(d, e.class), e.title)) {
      let t = ft(ar, d);
      t.textContent = e.title;
    }
    let _ = dt("canvas"),
      g = (n.ctx = _.getContext("2d")),
      w = ft(pr, d);
    Qt(
      "click",
      w,
      (t) => {
        t.target === L && (he != dl || ye != gl) && Fe.click(n, t);
      },
      !0,
    );
    let D = (n.under = ft(hr, w));
    w.appendChild(_);
    let L = (n.over = ft(mr, w));
    e = bl(e);
    let F = +ne(e.pxAlign, 1),
      H = Ro(F);
    (e.plugins || []).forEach((t) => {
      t.opts && (e = t.opts(n, e) || e);
    });
    let G = e.ms || 0.001,
      x = (n.series = s == 1 ? Fo(e.series || [], Mo, Co, !1) : Jf(e.series || [null], Do)),
      O = (n.axes = Fo(e.axes || [], Eo, Po, !0)),
      k = (n.scales = {}),
      j = (n.bands = e.bands || []);
    j.forEach((t) => {
      ((t.fill = X(t.fill || null)), (t.dir = ne(t.dir, -1)));
    });
    let P = s == 2 ? x[1].facets[0].scale : x[0].scale,
      $ = { axes: Ks, series: Is },
      U = (e.drawOrder || ["axes", "series"]).map((t) => $[t]);
    function Q(t) {
      let i =
        t.distr == 3
          ? (r) => Pt(r > 0 ? r : t.clamp(n, r, t.min, t.max, t.key))
          : t.distr == 4
            ? (r) => Kn(r, t.asinh)
            : t.distr == 100
              ? (r) => t.fwd(r)
              : (r) => r;
      return (r) => {
        let f = i(r),
          { _min: a, _max: h } = t,
          S = h - a;
        return (f - a) / S;
      };
    }
    function Y(t) {
      let i = k[t];
      if (i == null) {
        let r = (e.scales || Bl)[t] || Bl;
        if (r.from != null) {
          Y(r.from);
          let f = Te({}, k[r.from], r, { key: t });
          ((f.valToPct = Q(f)), (k[t] = f));
        } else {
          ((i = k[t] = Te({}, t == P ? ps : Of, r)), (i.key = t));
          let f = i.time,
            a = i.range,
            h = Ft(a);
          if (
            (t != P || (s == 2 && !f)) &&
            (h &&
              (a[0] == null || a[1] == null) &&
              ((a = {
                min: a[0] == null ? ao : { mode: 1, hard: a[0], soft: a[0] },
                max: a[1] == null ? ao : { mode: 1, hard: a[1], soft: a[1] },
              }),
              (h = !1)),
            !h && hn(a))
          ) {
            let S = a;
            a = (y, v, b) => (v == null ? Tl : fn(v, b, S));
          }
          ((i.range = X(
            a ||
              (f
                ? Zf
                : t == P
                  ? i.distr == 3
                    ? Xf
                    : i.distr == 4
                      ? eu
                      : xs
                  : i.distr == 3
                    ? ks
                    : i.distr == 4
                      ? Ts
                      : Qf),
          )),
            (i.auto = X(h ? !1 : i.auto)),
            (i.clamp = X(i.clamp || Ff)),
            (i._min = i._max = null),
            (i.valToPct = Q(i)));
        }
      }
    }
    (Y("x"),
      Y("y"),
      s == 1 &&
        x.forEach((t) => {
          Y(t.scale);
        }),
      O.forEach((t) => {
        Y(t.scale);
      }));
    for (let t in e.scales) Y(t);
    let T = k[P],
      K = T.distr,
      C,
      I;
    T.ori == 0 ? (Xe(d, ur), (C = c), (I = u)) : (Xe(d, cr), (C = u), (I = c));
    let N = {};
    for (let t in k) {
      let i = k[t];
      (i.min != null || i.max != null) &&
        ((N[t] = { min: i.min, max: i.max }), (i.min = i.max = null));
    }
    let ee = e.tzDate || ((t) => new Date(Me(t / G))),
      z = e.fmtDate || mi,
      Ue = G == 1 ? cf(ee) : hf(ee),
      we = ko(ee, xo(G == 1 ? uf : pf, z)),
      te = bo(ee, To(df, z)),
      fe = [],
      J = (n.legend = Te({}, Sf, e.legend)),
      V = (n.cursor = Te({}, Tf, { drag: { y: s == 2 } }, e.cursor)),
      be = J.show,
      He = V.show,
      Se = J.markers;
    ((J.idxs = fe),
      (Se.width = X(Se.width)),
      (Se.dash = X(Se.dash)),
      (Se.stroke = X(Se.stroke)),
      (Se.fill = X(Se.fill)));
    let se,
      ct,
      je,
      _e = [],
      St = [],
      Et,
      lt = !1,
      Dt = {};
    if (J.live) {
      let t = x[1] ? x[1].values : null;
      ((lt = t != null), (Et = lt ? t(n, 1, 0) : { _: 0 }));
      for (let i in Et) Dt[i] = fi;
    }
    if (be)
      if (((se = dt("table", _r, d)), (je = dt("tbody", null, se)), J.mount(n, se), lt)) {
        ct = dt("thead", null, se, je);
        let t = dt("tr", null, ct);
        dt("th", null, t);
        for (var tl in Et) dt("th", Qi, t).textContent = tl;
      } else (Xe(se, xr), J.live && Xe(se, vr));
    let ll = { show: !0 },
      Ll = { show: !1 };
    function ql(t, i) {
      if (i == 0 && (lt || !J.live || s == 2)) return Tl;
      let r = [],
        f = dt("tr", kr, je, je.childNodes[i]);
      (Xe(f, t.class), t.show || Xe(f, Zt));
      let a = dt("th", null, f);
      if (Se.show) {
        let y = ft(Tr, a);
        if (i > 0) {
          let v = Se.width(n, i);
          (v && (y.style.border = v + "px " + Se.dash(n, i) + " " + Se.stroke(n, i)),
            (y.style.background = Se.fill(n, i)));
        }
      }
      let h = ft(Qi, a);
      (t.label instanceof HTMLElement ? h.appendChild(t.label) : (h.textContent = t.label),
        i > 0 &&
          (Se.show || (h.style.color = t.width > 0 ? Se.stroke(n, i) : Se.fill(n, i)),
          We(
            "click",
            a,
            (y) => {
              if (V._lock) return;
              Yt(y);
              let v = x.indexOf(t);
              if ((y.ctrlKey || y.metaKey) != J.isolate) {
                let b = x.some((E, A) => A > 0 && A != v && E.show);
                x.forEach((E, A) => {
                  A > 0 && vt(A, b ? (A == v ? ll : Ll) : ll, !0, ke.setSeries);
                });
              } else vt(v, { show: !t.show }, !0, ke.setSeries);
            },
            !1,
          ),
          sl &&
            We(
              lo,
              a,
              (y) => {
                V._lock || (Yt(y), vt(x.indexOf(t), Sl, !0, ke.setSeries));
              },
              !1,
            )));
      for (var S in Et) {
        let y = dt("td", br, f);
        ((y.textContent = "--"), r.push(y));
      }
      return [f, r];
    }
    let Ht = new Map();
    function We(t, i, r, f = !0) {
      let a = Ht.get(i) || {},
        h = V.bind[t](n, i, r, f);
      h && (Qt(t, i, (a[t] = h)), Ht.set(i, a));
    }
    function nl(t, i, r) {
      let f = Ht.get(i) || {};
      for (let a in f) (t == null || a == t) && (ei(a, i, f[a]), delete f[a]);
      t == null && Ht.delete(i);
    }
    let Mt = 0,
      Wt = 0,
      q = 0,
      M = 0,
      pe = 0,
      Ee = 0,
      il = pe,
      Gt = Ee,
      yt = q,
      It = M,
      $e = 0,
      nt = 0,
      qe = 0,
      at = 0;
    n.bbox = {};
    let vn = !1,
      Kl = !1,
      ol = !1,
      Bt = !1,
      jl = !1,
      it = !1;
    function xn(t, i, r) {
      ((r || t != n.width || i != n.height) && xi(t, i), al(!1), (ol = !0), (Kl = !0), pl());
    }
    function xi(t, i) {
      ((n.width = Mt = q = t), (n.height = Wt = M = i), (pe = Ee = 0), zs(), Ns());
      let r = n.bbox;
      (($e = r.left = $t(pe * oe, 0.5)),
        (nt = r.top = $t(Ee * oe, 0.5)),
        (qe = r.width = $t(q * oe, 0.5)),
        (at = r.height = $t(M * oe, 0.5)));
    }
    let Cs = 3;
    function Vs() {
      let t = !1,
        i = 0;
      for (; !t;) {
        i++;
        let r = Us(i),
          f = qs(i);
        ((t = i == Cs || (r && f)), t || (xi(n.width, n.height), (Kl = !0)));
      }
    }
    function Rs({ width: t, height: i }) {
      xn(t, i);
    }
    n.setSize = Rs;
    function zs() {
      let t = !1,
        i = !1,
        r = !1,
        f = !1;
      (O.forEach((a, h) => {
        if (a.show && a._show) {
          let { side: S, _size: y } = a,
            v = S % 2,
            b = a.label != null ? a.labelSize : 0,
            E = y + b;
          E > 0 &&
            (v
              ? ((q -= E), S == 3 ? ((pe += E), (f = !0)) : (r = !0))
              : ((M -= E), S == 0 ? ((Ee += E), (t = !0)) : (i = !0)));
        }
      }),
        (Ut[0] = t),
        (Ut[1] = r),
        (Ut[2] = i),
        (Ut[3] = f),
        (q -= Ct[1] + Ct[3]),
        (pe += Ct[3]),
        (M -= Ct[2] + Ct[0]),
        (Ee += Ct[0]));
    }
    function Ns() {
      let t = pe + q,
        i = Ee + M,
        r = pe,
        f = Ee;
      function a(h, S) {
        switch (h) {
          case 1:
            return ((t += S), t - S);
          case 2:
            return ((i += S), i - S);
          case 3:
            return ((r -= S), r + S);
          case 0:
            return ((f -= S), f + S);
        }
      }
      O.forEach((h, S) => {
        if (h.show && h._show) {
          let y = h.side;
          ((h._pos = a(y, h._size)), h.label != null && (h._lpos = a(y, h.labelSize)));
        }
      });
    }
    if (V.dataIdx == null) {
      let t = V.hover,
        i = (t.skip = new Set(t.skip ?? []));
      i.add(void 0);
      let r = (t.prox = X(t.prox)),
        f = (t.bias ??= 0);
      V.dataIdx = (a, h, S, y) => {
        if (h == 0) return S;
        let v = S,
          b = r(a, h, S, y) ?? ce,
          E = b >= 0 && b < ce,
          A = T.ori == 0 ? q : M,
          B = V.left,
          ie = l[0],
          le = l[h];
        if (i.has(le[S])) {
          v = null;
          let Z = null,
            W = null,
            R;
          if (f == 0 || f == -1) for (R = S; Z == null && R-- > 0;) i.has(le[R]) || (Z = R);
          if (f == 0 || f == 1) for (R = S; W == null && R++ < le.length;) i.has(le[R]) || (W = R);
          if (Z != null || W != null)
            if (E) {
              let de = Z == null ? -1 / 0 : C(ie[Z], T, A, 0),
                ve = W == null ? 1 / 0 : C(ie[W], T, A, 0),
                ze = B - de,
                ue = ve - B;
              ze <= ue ? ze <= b && (v = Z) : ue <= b && (v = W);
            } else v = W == null ? Z : Z == null ? W : S - Z <= W - S ? Z : W;
        } else E && Ae(B - C(ie[S], T, A, 0)) > b && (v = null);
        return v;
      };
    }
    let Yt = (t) => {
      V.event = t;
    };
    ((V.idxs = fe), (V._lock = !1));
    let Oe = V.points;
    ((Oe.show = X(Oe.show)),
      (Oe.size = X(Oe.size)),
      (Oe.stroke = X(Oe.stroke)),
      (Oe.width = X(Oe.width)),
      (Oe.fill = X(Oe.fill)));
    let _t = (n.focus = Te({}, e.focus || { alpha: 0.3 }, V.focus)),
      sl = _t.prox >= 0,
      rl = sl && Oe.one,
      ot = [],
      fl = [],
      ul = [];
    function ki(t, i) {
      let r = Oe.show(n, i);
      if (r instanceof HTMLElement)
        return (Xe(r, yr), Xe(r, t.class), bt(r, -10, -10, q, M), L.insertBefore(r, ot[i]), r);
    }
    function Ti(t, i) {
      if (s == 1 || i > 0) {
        let r = s == 1 && k[t.scale].time,
          f = t.value;
        ((t.value = r ? (So(f) ? bo(ee, To(f, z)) : f || te) : f || Rf),
          (t.label = t.label || (r ? Ef : bf)));
      }
      if (rl || i > 0) {
        ((t.width = t.width == null ? 1 : t.width),
          (t.paths = t.paths || jf || Fr),
          (t.fillTo = X(t.fillTo || Hf)),
          (t.pxAlign = +ne(t.pxAlign, F)),
          (t.pxRound = Ro(t.pxAlign)),
          (t.stroke = X(t.stroke || null)),
          (t.fill = X(t.fill || null)),
          (t._stroke = t._fill = t._paths = t._focus = null));
        let r = zf(Ye(1, t.width), 1),
          f = (t.points = Te(
            {},
            {
              size: r,
              width: Ye(1, r * 0.2),
              stroke: t.stroke,
              space: r * 2,
              paths: $f,
              _stroke: null,
              _fill: null,
            },
            t.points,
          ));
        ((f.show = X(f.show)),
          (f.filter = X(f.filter)),
          (f.fill = X(f.fill)),
          (f.stroke = X(f.stroke)),
          (f.paths = X(f.paths)),
          (f.pxAlign = t.pxAlign));
      }
      if (be) {
        let r = ql(t, i);
        (_e.splice(i, 0, r[0]), St.splice(i, 0, r[1]), J.values.push(null));
      }
      if (He) {
        fe.splice(i, 0, null);
        let r = null;
        (rl ? i == 0 && (r = ki(t, i)) : i > 0 && (r = ki(t, i)),
          ot.splice(i, 0, r),
          fl.splice(i, 0, 0),
          ul.splice(i, 0, 0));
      }
      Re("addSeries", i);
    }
    function Fs(t, i) {
      ((i = i ?? x.length),
        (t = s == 1 ? si(t, i, Mo, Co) : si(t, i, {}, Do)),
        x.splice(i, 0, t),
        Ti(x[i], i));
    }
    n.addSeries = Fs;
    function Os(t) {
      if ((x.splice(t, 1), be)) {
        (J.values.splice(t, 1), St.splice(t, 1));
        let i = _e.splice(t, 1)[0];
        (nl(null, i.firstChild), i.remove());
      }
      (He && (fe.splice(t, 1), ot.splice(t, 1)[0].remove(), fl.splice(t, 1), ul.splice(t, 1)),
        Re("delSeries", t));
    }
    n.delSeries = Os;
    let Ut = [!1, !1, !1, !1];
    function Hs(t, i) {
      if (((t._show = t.show), t.show)) {
        let r = t.side % 2,
          f = k[t.scale];
        f == null && ((t.scale = r ? x[1].scale : P), (f = k[t.scale]));
        let a = f.time;
        ((t.size = X(t.size)),
          (t.space = X(t.space)),
          (t.rotate = X(t.rotate)),
          Ft(t.incrs) &&
            t.incrs.forEach((S) => {
              !Ot.has(S) && Ot.set(S, Ko(S));
            }),
          (t.incrs = X(t.incrs || (f.distr == 2 ? sf : a ? (G == 1 ? ff : af) : Jt))),
          (t.splits = X(
            t.splits || (a && f.distr == 1 ? Ue : f.distr == 3 ? li : f.distr == 4 ? Pf : Af),
          )),
          (t.stroke = X(t.stroke)),
          (t.grid.stroke = X(t.grid.stroke)),
          (t.ticks.stroke = X(t.ticks.stroke)),
          (t.border.stroke = X(t.border.stroke)));
        let h = t.values;
        ((t.values =
          Ft(h) && !Ft(h[0])
            ? X(h)
            : a
              ? Ft(h)
                ? ko(ee, xo(h, z))
                : So(h)
                  ? mf(ee, h)
                  : h || we
              : h || Mf),
          (t.filter = X(
            t.filter || (f.distr >= 3 && f.log == 10 ? Cf : f.distr == 3 && f.log == 2 ? Vf : Uo),
          )),
          (t.font = Oo(t.font)),
          (t.labelFont = Oo(t.labelFont)),
          (t._size = t.size(n, null, i, 0)),
          (t._space = t._rotate = t._incrs = t._found = t._splits = t._values = null),
          t._size > 0 && ((Ut[i] = !0), (t._el = ft(dr, w))));
      }
    }
    function Dl(t, i, r, f) {
      let [a, h, S, y] = r,
        v = i % 2,
        b = 0;
      return (
        v == 0 && (y || h) && (b = (i == 0 && !a) || (i == 2 && !S) ? Me(Eo.size / 3) : 0),
        v == 1 && (a || S) && (b = (i == 1 && !h) || (i == 3 && !y) ? Me(Po.size / 2) : 0),
        b
      );
    }
    let bi = (n.padding = (e.padding || [Dl, Dl, Dl, Dl]).map((t) => X(ne(t, Dl)))),
      Ct = (n._padding = bi.map((t, i) => t(n, i, Ut, 0))),
      Ne,
      Le = null,
      De = null,
      $l = s == 1 ? x[0].idxs : null,
      pt = null,
      Cl = !1;
    function Ei(t, i) {
      if (((l = t ?? []), (n.data = n._data = l), s == 2)) {
        Ne = 0;
        for (let r = 1; r < x.length; r++) Ne += l[r][0].length;
      } else {
        (l.length == 0 && (n.data = n._data = l = [[]]), (pt = l[0]), (Ne = pt.length));
        let r = l;
        if (K == 2) {
          r = l.slice();
          let f = (r[0] = Array(Ne));
          for (let a = 0; a < Ne; a++) f[a] = a;
        }
        n._data = l = r;
      }
      if ((al(!0), Re("setData"), K == 2 && (ol = !0), i !== !1)) {
        let r = T;
        (r.auto(n, Cl) ? kn() : Rt(P, r.min, r.max), (Bt = Bt || V.left >= 0), (it = !0), pl());
      }
    }
    n.setData = Ei;
    function kn() {
      Cl = !0;
      let t, i;
      (s == 1 &&
        (Ne > 0
          ? ((Le = $l[0] = 0),
            (De = $l[1] = Ne - 1),
            (t = l[0][Le]),
            (i = l[0][De]),
            K == 2
              ? ((t = Le), (i = De))
              : t == i &&
                (K == 3
                  ? ([t, i] = an(t, t, T.log, !1))
                  : K == 4
                    ? ([t, i] = ci(t, t, T.log, !1))
                    : T.time
                      ? (i = t + Me(86400 / G))
                      : ([t, i] = fn(t, i, ai, !0))))
          : ((Le = $l[0] = t = null), (De = $l[1] = i = null))),
        Rt(P, t, i));
    }
    let Jl, cl, Tn, bn, En, Mn, An, Pn, Ln, Ke;
    function Mi(t, i, r, f, a, h) {
      ((t ??= eo),
        (r ??= hi),
        (f ??= "butt"),
        (a ??= eo),
        (h ??= "round"),
        t != Jl && (g.strokeStyle = Jl = t),
        a != cl && (g.fillStyle = cl = a),
        i != Tn && (g.lineWidth = Tn = i),
        h != En && (g.lineJoin = En = h),
        f != Mn && (g.lineCap = Mn = f),
        r != bn && g.setLineDash((bn = r)));
    }
    function Ai(t, i, r, f) {
      (i != cl && (g.fillStyle = cl = i),
        t != An && (g.font = An = t),
        r != Pn && (g.textAlign = Pn = r),
        f != Ln && (g.textBaseline = Ln = f));
    }
    function Dn(t, i, r, f, a = 0) {
      if (f.length > 0 && t.auto(n, Cl) && (i == null || i.min == null)) {
        let h = ne(Le, 0),
          S = ne(De, f.length - 1),
          y = r.min == null ? Dr(f, h, S, a, t.distr == 3) : [r.min, r.max];
        ((t.min = wt(t.min, (r.min = y[0]))), (t.max = Ye(t.max, (r.max = y[1]))));
      }
    }
    let Pi = { min: null, max: null };
    function Ws() {
      for (let f in k) {
        let a = k[f];
        N[f] == null && (a.min == null || (N[P] != null && a.auto(n, Cl))) && (N[f] = Pi);
      }
      for (let f in k) {
        let a = k[f];
        N[f] == null && a.from != null && N[a.from] != null && (N[f] = Pi);
      }
      N[P] != null && al(!0);
      let t = {};
      for (let f in N) {
        let a = N[f];
        if (a != null) {
          let h = (t[f] = bl(k[f], Wr));
          if (a.min != null) Te(h, a);
          else if (f != P || s == 2)
            if (Ne == 0 && h.from == null) {
              let S = h.range(n, null, null, f);
              ((h.min = S[0]), (h.max = S[1]));
            } else ((h.min = ce), (h.max = -ce));
        }
      }
      if (Ne > 0) {
        x.forEach((f, a) => {
          if (s == 1) {
            let h = f.scale,
              S = N[h];
            if (S == null) return;
            let y = t[h];
            if (a == 0) {
              let v = y.range(n, y.min, y.max, h);
              ((y.min = v[0]),
                (y.max = v[1]),
                (Le = gt(y.min, l[0])),
                (De = gt(y.max, l[0])),
                De - Le > 1 && (l[0][Le] < y.min && Le++, l[0][De] > y.max && De--),
                (f.min = pt[Le]),
                (f.max = pt[De]));
            } else f.show && f.auto && Dn(y, S, f, l[a], f.sorted);
            ((f.idxs[0] = Le), (f.idxs[1] = De));
          } else if (a > 0 && f.show && f.auto) {
            let [h, S] = f.facets,
              y = h.scale,
              v = S.scale,
              [b, E] = l[a],
              A = t[y],
              B = t[v];
            (A != null && Dn(A, N[y], h, b, h.sorted),
              B != null && Dn(B, N[v], S, E, S.sorted),
              (f.min = S.min),
              (f.max = S.max));
          }
        });
        for (let f in t) {
          let a = t[f],
            h = N[f];
          if (a.from == null && (h == null || h.min == null)) {
            let S = a.range(n, a.min == ce ? null : a.min, a.max == -ce ? null : a.max, f);
            ((a.min = S[0]), (a.max = S[1]));
          }
        }
      }
      for (let f in t) {
        let a = t[f];
        if (a.from != null) {
          let h = t[a.from];
          if (h.min == null) a.min = a.max = null;
          else {
            let S = a.range(n, h.min, h.max, f);
            ((a.min = S[0]), (a.max = S[1]));
          }
        }
      }
      let i = {},
        r = !1;
      for (let f in t) {
        let a = t[f],
          h = k[f];
        if (h.min != a.min || h.max != a.max) {
          ((h.min = a.min), (h.max = a.max));
          let S = h.distr;
          ((h._min =
            S == 3 ? Pt(h.min) : S == 4 ? Kn(h.min, h.asinh) : S == 100 ? h.fwd(h.min) : h.min),
            (h._max =
              S == 3 ? Pt(h.max) : S == 4 ? Kn(h.max, h.asinh) : S == 100 ? h.fwd(h.max) : h.max),
            (i[f] = r = !0));
        }
      }
      if (r) {
        x.forEach((f, a) => {
          s == 2 ? a > 0 && i.y && (f._paths = null) : i[f.scale] && (f._paths = null);
        });
        for (let f in i) ((ol = !0), Re("setScale", f));
        He && V.left >= 0 && (Bt = it = !0);
      }
      for (let f in N) N[f] = null;
    }
    function Gs(t) {
      let i = ti(Le - 1, 0, Ne - 1),
        r = ti(De + 1, 0, Ne - 1);
      for (; t[i] == null && i > 0;) i--;
      for (; t[r] == null && r < Ne - 1;) r++;
      return [i, r];
    }
    function Is() {
      if (Ne > 0) {
        let t = x.some((i) => i._focus) && Ke != _t.alpha;
        (t && (g.globalAlpha = Ke = _t.alpha),
          x.forEach((i, r) => {
            if (r > 0 && i.show && (Li(r, !1), Li(r, !0), i._paths == null)) {
              let f = Ke;
              Ke != i.alpha && (g.globalAlpha = Ke = i.alpha);
              let a = s == 2 ? [0, l[r][0].length - 1] : Gs(l[r]);
              ((i._paths = i.paths(n, r, a[0], a[1])), Ke != f && (g.globalAlpha = Ke = f));
            }
          }),
          x.forEach((i, r) => {
            if (r > 0 && i.show) {
              let f = Ke;
              (Ke != i.alpha && (g.globalAlpha = Ke = i.alpha), i._paths != null && Di(r, !1));
              {
                let a = i._paths != null ? i._paths.gaps : null,
                  h = i.points.show(n, r, Le, De, a),
                  S = i.points.filter(n, r, h, a);
                (h || S) && ((i.points._paths = i.points.paths(n, r, Le, De, S)), Di(r, !0));
              }
              (Ke != f && (g.globalAlpha = Ke = f), Re("drawSeries", r));
            }
          }),
          t && (g.globalAlpha = Ke = 1));
      }
    }
    function Li(t, i) {
      let r = i ? x[t].points : x[t];
      ((r._stroke = r.stroke(n, t)), (r._fill = r.fill(n, t)));
    }
    function Di(t, i) {
      let r = i ? x[t].points : x[t],
        {
          stroke: f,
          fill: a,
          clip: h,
          flags: S,
          _stroke: y = r._stroke,
          _fill: v = r._fill,
          _width: b = r.width,
        } = r._paths;
      b = ae(b * oe, 3);
      let E = null,
        A = (b % 2) / 2;
      i && v == null && (v = b > 0 ? "#fff" : y);
      let B = r.pxAlign == 1 && A > 0;
      if ((B && g.translate(A, A), !i)) {
        let ie = $e - b / 2,
          le = nt - b / 2,
          Z = qe + b,
          W = at + b;
        ((E = new Path2D()), E.rect(ie, le, Z, W));
      }
      (i ? Cn(y, b, r.dash, r.cap, v, f, a, S, h) : Bs(t, y, b, r.dash, r.cap, v, f, a, S, E, h),
        B && g.translate(-A, -A));
    }
    function Bs(t, i, r, f, a, h, S, y, v, b, E) {
      let A = !1;
      (v != 0 &&
        j.forEach((B, ie) => {
          if (B.series[0] == t) {
            let le = x[B.series[1]],
              Z = l[B.series[1]],
              W = (le._paths || Bl).band;
            Ft(W) && (W = B.dir == 1 ? W[0] : W[1]);
            let R,
              de = null;
            (le.show && W && Vr(Z, Le, De)
              ? ((de = B.fill(n, ie) || h), (R = le._paths.clip))
              : (W = null),
              Cn(i, r, f, a, de, S, y, v, b, E, R, W),
              (A = !0));
          }
        }),
        A || Cn(i, r, f, a, h, S, y, v, b, E));
    }
    let Ci = El | ii;
    function Cn(t, i, r, f, a, h, S, y, v, b, E, A) {
      (Mi(t, i, r, f, a),
        (v || b || A) && (g.save(), v && g.clip(v), b && g.clip(b)),
        A
          ? (y & Ci) == Ci
            ? (g.clip(A), E && g.clip(E), Ql(a, S), Zl(t, h, i))
            : y & ii
              ? (Ql(a, S), g.clip(A), Zl(t, h, i))
              : y & El && (g.save(), g.clip(A), E && g.clip(E), Ql(a, S), g.restore(), Zl(t, h, i))
          : (Ql(a, S), Zl(t, h, i)),
        (v || b || A) && g.restore());
    }
    function Zl(t, i, r) {
      r > 0 &&
        (i instanceof Map
          ? i.forEach((f, a) => {
              ((g.strokeStyle = Jl = a), g.stroke(f));
            })
          : i != null && t && g.stroke(i));
    }
    function Ql(t, i) {
      i instanceof Map
        ? i.forEach((r, f) => {
            ((g.fillStyle = cl = f), g.fill(r));
          })
        : i != null && t && g.fill(i);
    }
    function Ys(t, i, r, f) {
      let a = O[t],
        h;
      if (f <= 0) h = [0, 0];
      else {
        let S = (a._space = a.space(n, t, i, r, f)),
          y = (a._incrs = a.incrs(n, t, i, r, f, S));
        h = tu(i, r, y, f, S);
      }
      return (a._found = h);
    }
    function Vn(t, i, r, f, a, h, S, y, v, b) {
      let E = (S % 2) / 2;
      (F == 1 && g.translate(E, E), Mi(y, S, v, b, y), g.beginPath());
      let A,
        B,
        ie,
        le,
        Z = a + (f == 0 || f == 3 ? -h : h);
      r == 0 ? ((B = a), (le = Z)) : ((A = a), (ie = Z));
      for (let W = 0; W < t.length; W++)
        i[W] != null &&
          (r == 0 ? (A = ie = t[W]) : (B = le = t[W]), g.moveTo(A, B), g.lineTo(ie, le));
      (g.stroke(), F == 1 && g.translate(-E, -E));
    }
    function Us(t) {
      let i = !0;
      return (
        O.forEach((r, f) => {
          if (!r.show) return;
          let a = k[r.scale];
          if (a.min == null) {
            r._show && ((i = !1), (r._show = !1), al(!1));
            return;
          } else r._show || ((i = !1), (r._show = !0), al(!1));
          let h = r.side,
            S = h % 2,
            { min: y, max: v } = a,
            [b, E] = Ys(f, y, v, S == 0 ? q : M);
          if (E == 0) return;
          let A = a.distr == 2,
            B = (r._splits = r.splits(n, f, y, v, b, E, A)),
            ie = a.distr == 2 ? B.map((R) => pt[R]) : B,
            le = a.distr == 2 ? pt[B[1]] - pt[B[0]] : b,
            Z = (r._values = r.values(n, r.filter(n, ie, f, E, le), f, E, le));
          r._rotate = h == 2 ? r.rotate(n, Z, f, E) : 0;
          let W = r._size;
          ((r._size = ut(r.size(n, Z, f, t))), W != null && r._size != W && (i = !1));
        }),
        i
      );
    }
    function qs(t) {
      let i = !0;
      return (
        bi.forEach((r, f) => {
          let a = r(n, f, Ut, t);
          (a != Ct[f] && (i = !1), (Ct[f] = a));
        }),
        i
      );
    }
    function Ks() {
      for (let t = 0; t < O.length; t++) {
        let i = O[t];
        if (!i.show || !i._show) continue;
        let r = i.side,
          f = r % 2,
          a,
          h,
          S = i.stroke(n, t),
          y = r == 0 || r == 3 ? -1 : 1,
          [v, b] = i._found;
        if (i.label != null) {
          let Ie = i.labelGap * y,
            Qe = Me((i._lpos + Ie) * oe);
          (Ai(i.labelFont[0], S, "center", r == 2 ? "top" : Xi),
            g.save(),
            f == 1
              ? ((a = h = 0), g.translate(Qe, Me(nt + at / 2)), g.rotate((r == 3 ? -sn : sn) / 2))
              : ((a = Me($e + qe / 2)), (h = Qe)));
          let jt = Bo(i.label) ? i.label(n, t, v, b) : i.label;
          (g.fillText(jt, a, h), g.restore());
        }
        if (b == 0) continue;
        let E = k[i.scale],
          A = f == 0 ? qe : at,
          B = f == 0 ? $e : nt,
          ie = i._splits,
          le = E.distr == 2 ? ie.map((Ie) => pt[Ie]) : ie,
          Z = E.distr == 2 ? pt[ie[1]] - pt[ie[0]] : v,
          W = i.ticks,
          R = i.border,
          de = W.show ? W.size : 0,
          ve = Me(de * oe),
          ze = Me((i.alignTo == 2 ? i._size - de - i.gap : i.gap) * oe),
          ue = (i._rotate * -sn) / 180,
          xe = H(i._pos * oe),
          Je = (ve + ze) * y,
          Ge = xe + Je;
        ((h = f == 0 ? Ge : 0), (a = f == 1 ? Ge : 0));
        let st = i.font[0],
          ht =
            i.align == 1
              ? _l
              : i.align == 2
                ? Yn
                : ue > 0
                  ? _l
                  : ue < 0
                    ? Yn
                    : f == 0
                      ? "center"
                      : r == 3
                        ? Yn
                        : _l,
          kt = ue || f == 1 ? "middle" : r == 2 ? "top" : Xi;
        Ai(st, S, ht, kt);
        let Ze = i.font[1] * i.lineGap,
          rt = ie.map((Ie) => H(p(Ie, E, A, B))),
          mt = i._values;
        for (let Ie = 0; Ie < mt.length; Ie++) {
          let Qe = mt[Ie];
          if (Qe != null) {
            (f == 0 ? (a = rt[Ie]) : (h = rt[Ie]), (Qe = "" + Qe));
            let jt =
              Qe.indexOf(`
`) == -1
                ? [Qe]
                : Qe.split(/\n/gm);
            for (let Be = 0; Be < jt.length; Be++) {
              let Zi = jt[Be];
              ue
                ? (g.save(),
                  g.translate(a, h + Be * Ze),
                  g.rotate(ue),
                  g.fillText(Zi, 0, 0),
                  g.restore())
                : g.fillText(Zi, a, h + Be * Ze);
            }
          }
        }
        W.show &&
          Vn(
            rt,
            W.filter(n, le, t, b, Z),
            f,
            r,
            xe,
            ve,
            ae(W.width * oe, 3),
            W.stroke(n, t),
            W.dash,
            W.cap,
          );
        let Tt = i.grid;
        (Tt.show &&
          Vn(
            rt,
            Tt.filter(n, le, t, b, Z),
            f,
            f == 0 ? 2 : 1,
            f == 0 ? nt : $e,
            f == 0 ? at : qe,
            ae(Tt.width * oe, 3),
            Tt.stroke(n, t),
            Tt.dash,
            Tt.cap,
          ),
          R.show &&
            Vn(
              [xe],
              [1],
              f == 0 ? 1 : 0,
              f == 0 ? 1 : 2,
              f == 1 ? nt : $e,
              f == 1 ? at : qe,
              ae(R.width * oe, 3),
              R.stroke(n, t),
              R.dash,
              R.cap,
            ));
      }
      Re("drawAxes");
    }
    function al(t) {
      x.forEach((i, r) => {
        r > 0 &&
          ((i._paths = null),
          t &&
            (s == 1
              ? ((i.min = null), (i.max = null))
              : i.facets.forEach((f) => {
                  ((f.min = null), (f.max = null));
                })));
      });
    }
    let Xl = !1,
      Rn = !1,
      Vl = [];
    function js() {
      Rn = !1;
      for (let t = 0; t < Vl.length; t++) Re(...Vl[t]);
      Vl.length = 0;
    }
    function pl() {
      Xl || (Kr(Vi), (Xl = !0));
    }
    function $s(t, i = !1) {
      ((Xl = !0), (Rn = i), t(n), Vi(), i && Vl.length > 0 && queueMicrotask(js));
    }
    n.batch = $s;
    function Vi() {
      if ((vn && (Ws(), (vn = !1)), ol && (Vs(), (ol = !1)), Kl)) {
        if (
          (ge(D, _l, pe),
          ge(D, "top", Ee),
          ge(D, Hl, q),
          ge(D, Wl, M),
          ge(L, _l, pe),
          ge(L, "top", Ee),
          ge(L, Hl, q),
          ge(L, Wl, M),
          ge(w, Hl, Mt),
          ge(w, Wl, Wt),
          (_.width = Me(Mt * oe)),
          (_.height = Me(Wt * oe)),
          O.forEach(({ _el: t, _show: i, _size: r, _pos: f, side: a }) => {
            if (t != null)
              if (i) {
                let h = a === 3 || a === 0 ? r : 0,
                  S = a % 2 == 1;
                (ge(t, S ? "left" : "top", f - h),
                  ge(t, S ? "width" : "height", r),
                  ge(t, S ? "top" : "left", S ? Ee : pe),
                  ge(t, S ? "height" : "width", S ? M : q),
                  Xn(t, Zt));
              } else Xe(t, Zt);
          }),
          (Jl = cl = Tn = En = Mn = An = Pn = Ln = bn = null),
          (Ke = 1),
          Nl(!0),
          pe != il || Ee != Gt || q != yt || M != It)
        ) {
          al(!1);
          let t = q / yt,
            i = M / It;
          if (He && !Bt && V.left >= 0) {
            ((V.left *= t),
              (V.top *= i),
              hl && bt(hl, Me(V.left), 0, q, M),
              ml && bt(ml, 0, Me(V.top), q, M));
            for (let r = 0; r < ot.length; r++) {
              let f = ot[r];
              f != null && ((fl[r] *= t), (ul[r] *= i), bt(f, ut(fl[r]), ut(ul[r]), q, M));
            }
          }
          if (me.show && !jl && me.left >= 0 && me.width > 0) {
            ((me.left *= t), (me.width *= t), (me.top *= i), (me.height *= i));
            for (let r in Wn) ge(wl, r, me[r]);
          }
          ((il = pe), (Gt = Ee), (yt = q), (It = M));
        }
        (Re("setSize"), (Kl = !1));
      }
      (Mt > 0 &&
        Wt > 0 &&
        (g.clearRect(0, 0, _.width, _.height), Re("drawClear"), U.forEach((t) => t()), Re("draw")),
        me.show && jl && (en(me), (jl = !1)),
        He && Bt && (Kt(null, !0, !1), (Bt = !1)),
        J.show && J.live && it && (On(), (it = !1)),
        m || ((m = !0), (n.status = 1), Re("ready")),
        (Cl = !1),
        (Xl = !1));
    }
    n.redraw = (t, i) => {
      ((ol = i || !1), t !== !1 ? Rt(P, T.min, T.max) : pl());
    };
    function zn(t, i) {
      let r = k[t];
      if (r.from == null) {
        if (Ne == 0) {
          let f = r.range(n, i.min, i.max, t);
          ((i.min = f[0]), (i.max = f[1]));
        }
        if (i.min > i.max) {
          let f = i.min;
          ((i.min = i.max), (i.max = f));
        }
        if (Ne > 1 && i.min != null && i.max != null && i.max - i.min < 1e-16) return;
        (t == P &&
          r.distr == 2 &&
          Ne > 0 &&
          ((i.min = gt(i.min, l[0])), (i.max = gt(i.max, l[0])), i.min == i.max && i.max++),
          (N[t] = i),
          (vn = !0),
          pl());
      }
    }
    n.setScale = zn;
    let Nn,
      Fn,
      hl,
      ml,
      Ri,
      zi,
      dl,
      gl,
      Ni,
      Fi,
      he,
      ye,
      Vt = !1,
      Fe = V.drag,
      Ce = Fe.x,
      Ve = Fe.y;
    He &&
      (V.x && (Nn = ft(wr, L)),
      V.y && (Fn = ft(Sr, L)),
      T.ori == 0 ? ((hl = Nn), (ml = Fn)) : ((hl = Fn), (ml = Nn)),
      (he = V.left),
      (ye = V.top));
    let me = (n.select = Te(
        { show: !0, over: !0, left: 0, width: 0, top: 0, height: 0 },
        e.select,
      )),
      wl = me.show ? ft(gr, me.over ? L : D) : null;
    function en(t, i) {
      if (me.show) {
        for (let r in t) ((me[r] = t[r]), r in Wn && ge(wl, r, t[r]));
        i !== !1 && Re("setSelect");
      }
    }
    n.setSelect = en;
    function Js(t) {
      if (x[t].show) be && Xn(_e[t], Zt);
      else if ((be && Xe(_e[t], Zt), He)) {
        let r = rl ? ot[0] : ot[t];
        r != null && bt(r, -10, -10, q, M);
      }
    }
    function Rt(t, i, r) {
      zn(t, { min: i, max: r });
    }
    function vt(t, i, r, f) {
      (i.focus != null && tr(t),
        i.show != null &&
          x.forEach((a, h) => {
            h > 0 &&
              (t == h || t == null) &&
              ((a.show = i.show),
              Js(h),
              s == 2
                ? (Rt(a.facets[0].scale, null, null), Rt(a.facets[1].scale, null, null))
                : Rt(a.scale, null, null),
              pl());
          }),
        r !== !1 && Re("setSeries", t, i),
        f && Fl("setSeries", n, t, i));
    }
    n.setSeries = vt;
    function Zs(t, i) {
      Te(j[t], i);
    }
    function Qs(t, i) {
      ((t.fill = X(t.fill || null)),
        (t.dir = ne(t.dir, -1)),
        (i = i ?? j.length),
        j.splice(i, 0, t));
    }
    function Xs(t) {
      t == null ? (j.length = 0) : j.splice(t, 1);
    }
    ((n.addBand = Qs), (n.setBand = Zs), (n.delBand = Xs));
    function er(t, i) {
      ((x[t].alpha = i),
        He && ot[t] != null && (ot[t].style.opacity = i),
        be && _e[t] && (_e[t].style.opacity = i));
    }
    let At,
      zt,
      qt,
      Sl = { focus: !0 };
    function tr(t) {
      if (t != qt) {
        let i = t == null,
          r = _t.alpha != 1;
        (x.forEach((f, a) => {
          if (s == 1 || a > 0) {
            let h = i || a == 0 || a == t;
            ((f._focus = i ? null : h), r && er(a, h ? 1 : _t.alpha));
          }
        }),
          (qt = t),
          r && pl());
      }
    }
    be &&
      sl &&
      We(no, se, (t) => {
        V._lock || (Yt(t), qt != null && vt(null, Sl, !0, ke.setSeries));
      });
    function xt(t, i, r) {
      let f = k[i];
      r && (t = t / oe - (f.ori == 1 ? Ee : pe));
      let a = q;
      (f.ori == 1 && ((a = M), (t = a - t)), f.dir == -1 && (t = a - t));
      let h = f._min,
        S = f._max,
        y = t / a,
        v = h + (S - h) * y,
        b = f.distr;
      return b == 3 ? kl(10, v) : b == 4 ? zr(v, f.asinh) : b == 100 ? f.bwd(v) : v;
    }
    function lr(t, i) {
      let r = xt(t, P, i);
      return gt(r, l[0], Le, De);
    }
    ((n.valToIdx = (t) => gt(t, l[0])),
      (n.posToIdx = lr),
      (n.posToVal = xt),
      (n.valToPos = (t, i, r) =>
        k[i].ori == 0 ? c(t, k[i], r ? qe : q, r ? $e : 0) : u(t, k[i], r ? at : M, r ? nt : 0)),
      (n.setCursor = (t, i, r) => {
        ((he = t.left), (ye = t.top), Kt(null, i, r));
      }));
    function Oi(t, i) {
      (ge(wl, _l, (me.left = t)), ge(wl, Hl, (me.width = i)));
    }
    function Hi(t, i) {
      (ge(wl, "top", (me.top = t)), ge(wl, Wl, (me.height = i)));
    }
    let Rl = T.ori == 0 ? Oi : Hi,
      zl = T.ori == 1 ? Oi : Hi;
    function nr() {
      if (be && J.live)
        for (let t = s == 2 ? 1 : 0; t < x.length; t++) {
          if (t == 0 && lt) continue;
          let i = J.values[t],
            r = 0;
          for (let f in i) St[t][r++].firstChild.nodeValue = i[f];
        }
    }
    function On(t, i) {
      if (
        (t != null &&
          (t.idxs
            ? t.idxs.forEach((r, f) => {
                fe[f] = r;
              })
            : Hr(t.idx) || fe.fill(t.idx),
          (J.idx = fe[0])),
        be && J.live)
      ) {
        for (let r = 0; r < x.length; r++) (r > 0 || (s == 1 && !lt)) && ir(r, fe[r]);
        nr();
      }
      ((it = !1), i !== !1 && Re("setLegend"));
    }
    n.setLegend = On;
    function ir(t, i) {
      let r = x[t],
        f = t == 0 && K == 2 ? pt : l[t],
        a;
      (lt
        ? (a = r.values(n, t, i) ?? Dt)
        : ((a = r.value(n, i == null ? null : f[i], t, i)), (a = a == null ? Dt : { _: a })),
        (J.values[t] = a));
    }
    function Kt(t, i, r) {
      ((Ni = he),
        (Fi = ye),
        ([he, ye] = V.move(n, he, ye)),
        (V.left = he),
        (V.top = ye),
        He && (hl && bt(hl, Me(he), 0, q, M), ml && bt(ml, 0, Me(ye), q, M)));
      let f,
        a = Le > De;
      ((At = ce), (zt = null));
      let h = T.ori == 0 ? q : M,
        S = T.ori == 1 ? q : M;
      if (he < 0 || Ne == 0 || a) {
        f = V.idx = null;
        for (let y = 0; y < x.length; y++) {
          let v = ot[y];
          v != null && bt(v, -10, -10, q, M);
        }
        (sl && vt(null, Sl, !0, t == null && ke.setSeries), J.live && (fe.fill(f), (it = !0)));
      } else {
        let y, v, b;
        s == 1 &&
          ((y = T.ori == 0 ? he : ye),
          (v = xt(y, P)),
          (f = V.idx = gt(v, l[0], Le, De)),
          (b = C(l[0][f], T, h, 0)));
        let E = -10,
          A = -10,
          B = 0,
          ie = 0,
          le = !0,
          Z = "",
          W = "";
        for (let R = s == 2 ? 1 : 0; R < x.length; R++) {
          let de = x[R],
            ve = fe[R],
            ze = ve == null ? null : s == 1 ? l[R][ve] : l[R][1][ve],
            ue = V.dataIdx(n, R, f, v),
            xe = ue == null ? null : s == 1 ? l[R][ue] : l[R][1][ue];
          if (((it = it || xe != ze || ue != ve), (fe[R] = ue), R > 0 && de.show)) {
            let Je = ue == null ? -10 : ue == f ? b : C(s == 1 ? l[0][ue] : l[R][0][ue], T, h, 0),
              Ge = xe == null ? -10 : I(xe, s == 1 ? k[de.scale] : k[de.facets[1].scale], S, 0);
            if (sl && xe != null) {
              let st = T.ori == 1 ? he : ye,
                ht = Ae(_t.dist(n, R, ue, Ge, st));
              if (ht < At) {
                let kt = _t.bias;
                if (kt != 0) {
                  let Ze = xt(st, de.scale),
                    rt = xe >= 0 ? 1 : -1,
                    mt = Ze >= 0 ? 1 : -1;
                  mt == rt &&
                    (mt == 1 ? (kt == 1 ? xe >= Ze : xe <= Ze) : kt == 1 ? xe <= Ze : xe >= Ze) &&
                    ((At = ht), (zt = R));
                } else ((At = ht), (zt = R));
              }
            }
            if (it || rl) {
              let st, ht;
              T.ori == 0 ? ((st = Je), (ht = Ge)) : ((st = Ge), (ht = Je));
              let kt,
                Ze,
                rt,
                mt,
                Tt,
                Ie,
                Qe = !0,
                jt = Oe.bbox;
              if (jt != null) {
                Qe = !1;
                let Be = jt(n, R);
                ((rt = Be.left), (mt = Be.top), (kt = Be.width), (Ze = Be.height));
              } else ((rt = st), (mt = ht), (kt = Ze = Oe.size(n, R)));
              if (((Ie = Oe.fill(n, R)), (Tt = Oe.stroke(n, R)), rl))
                R == zt &&
                  At <= _t.prox &&
                  ((E = rt), (A = mt), (B = kt), (ie = Ze), (le = Qe), (Z = Ie), (W = Tt));
              else {
                let Be = ot[R];
                Be != null &&
                  ((fl[R] = rt),
                  (ul[R] = mt),
                  co(Be, kt, Ze, Qe),
                  fo(Be, Ie, Tt),
                  bt(Be, ut(rt), ut(mt), q, M));
              }
            }
          }
        }
        if (rl) {
          let R = _t.prox,
            de = qt == null ? At <= R : At > R || zt != qt;
          if (it || de) {
            let ve = ot[0];
            ve != null &&
              ((fl[0] = E),
              (ul[0] = A),
              co(ve, B, ie, le),
              fo(ve, Z, W),
              bt(ve, ut(E), ut(A), q, M));
          }
        }
      }
      if (me.show && Vt)
        if (t != null) {
          let [y, v] = ke.scales,
            [b, E] = ke.match,
            [A, B] = t.cursor.sync.scales,
            ie = t.cursor.drag;
          if (((Ce = ie._x), (Ve = ie._y), Ce || Ve)) {
            let { left: le, top: Z, width: W, height: R } = t.select,
              de = t.scales[A].ori,
              ve = t.posToVal,
              ze,
              ue,
              xe,
              Je,
              Ge,
              st = y != null && b(y, A),
              ht = v != null && E(v, B);
            (st && Ce
              ? (de == 0 ? ((ze = le), (ue = W)) : ((ze = Z), (ue = R)),
                (xe = k[y]),
                (Je = C(ve(ze, A), xe, h, 0)),
                (Ge = C(ve(ze + ue, A), xe, h, 0)),
                Rl(wt(Je, Ge), Ae(Ge - Je)))
              : Rl(0, h),
              ht && Ve
                ? (de == 1 ? ((ze = le), (ue = W)) : ((ze = Z), (ue = R)),
                  (xe = k[v]),
                  (Je = I(ve(ze, B), xe, S, 0)),
                  (Ge = I(ve(ze + ue, B), xe, S, 0)),
                  zl(wt(Je, Ge), Ae(Ge - Je)))
                : zl(0, S));
          } else Gn();
        } else {
          let y = Ae(Ni - Ri),
            v = Ae(Fi - zi);
          if (T.ori == 1) {
            let B = y;
            ((y = v), (v = B));
          }
          ((Ce = Fe.x && y >= Fe.dist), (Ve = Fe.y && v >= Fe.dist));
          let b = Fe.uni;
          b != null
            ? Ce &&
              Ve &&
              ((Ce = y >= b), (Ve = v >= b), !Ce && !Ve && (v > y ? (Ve = !0) : (Ce = !0)))
            : Fe.x && Fe.y && (Ce || Ve) && (Ce = Ve = !0);
          let E, A;
          (Ce &&
            (T.ori == 0 ? ((E = dl), (A = he)) : ((E = gl), (A = ye)),
            Rl(wt(E, A), Ae(A - E)),
            Ve || zl(0, S)),
            Ve &&
              (T.ori == 1 ? ((E = dl), (A = he)) : ((E = gl), (A = ye)),
              zl(wt(E, A), Ae(A - E)),
              Ce || Rl(0, h)),
            !Ce && !Ve && (Rl(0, 0), zl(0, 0)));
        }
      if (((Fe._x = Ce), (Fe._y = Ve), t == null)) {
        if (r) {
          if (Ji != null) {
            let [y, v] = ke.scales;
            ((ke.values[0] = y != null ? xt(T.ori == 0 ? he : ye, y) : null),
              (ke.values[1] = v != null ? xt(T.ori == 1 ? he : ye, v) : null));
          }
          Fl(Un, n, he, ye, q, M, f);
        }
        if (sl) {
          let y = r && ke.setSeries,
            v = _t.prox;
          qt == null
            ? At <= v && vt(zt, Sl, !0, y)
            : At > v
              ? vt(null, Sl, !0, y)
              : zt != qt && vt(zt, Sl, !0, y);
        }
      }
      (it && ((J.idx = f), On()), i !== !1 && Re("setCursor"));
    }
    let Nt = null;
    Object.defineProperty(n, "rect", {
      get() {
        return (Nt == null && Nl(!1), Nt);
      },
    });
    function Nl(t = !1) {
      t ? (Nt = null) : ((Nt = L.getBoundingClientRect()), Re("syncRect", Nt));
    }
    function Wi(t, i, r, f, a, h, S) {
      V._lock ||
        (Vt && t != null && t.movementX == 0 && t.movementY == 0) ||
        (Hn(t, i, r, f, a, h, S, !1, t != null), t != null ? Kt(null, !0, !0) : Kt(i, !0, !1));
    }
    function Hn(t, i, r, f, a, h, S, y, v) {
      if ((Nt == null && Nl(!1), Yt(t), t != null))
        ((r = t.clientX - Nt.left), (f = t.clientY - Nt.top));
      else {
        if (r < 0 || f < 0) {
          ((he = -10), (ye = -10));
          return;
        }
        let [b, E] = ke.scales,
          A = i.cursor.sync,
          [B, ie] = A.values,
          [le, Z] = A.scales,
          [W, R] = ke.match,
          de = i.axes[0].side % 2 == 1,
          ve = T.ori == 0 ? q : M,
          ze = T.ori == 1 ? q : M,
          ue = de ? h : a,
          xe = de ? a : h,
          Je = de ? f : r,
          Ge = de ? r : f;
        if (
          (le != null ? (r = W(b, le) ? p(B, k[b], ve, 0) : -10) : (r = ve * (Je / ue)),
          Z != null ? (f = R(E, Z) ? p(ie, k[E], ze, 0) : -10) : (f = ze * (Ge / xe)),
          T.ori == 1)
        ) {
          let st = r;
          ((r = f), (f = st));
        }
      }
      (v &&
        (i == null || i.cursor.event.type == Un) &&
        ((r <= 1 || r >= q - 1) && (r = $t(r, q)), (f <= 1 || f >= M - 1) && (f = $t(f, M))),
        y ? ((Ri = r), (zi = f), ([dl, gl] = V.move(n, r, f))) : ((he = r), (ye = f)));
    }
    let Wn = { width: 0, height: 0, left: 0, top: 0 };
    function Gn() {
      en(Wn, !1);
    }
    let Gi, Ii, Bi, Yi;
    function Ui(t, i, r, f, a, h, S) {
      ((Vt = !0),
        (Ce = Ve = Fe._x = Fe._y = !1),
        Hn(t, i, r, f, a, h, S, !0, !1),
        t != null && (We(qn, Zn, qi, !1), Fl(to, n, dl, gl, q, M, null)));
      let { left: y, top: v, width: b, height: E } = me;
      ((Gi = y), (Ii = v), (Bi = b), (Yi = E));
    }
    function qi(t, i, r, f, a, h, S) {
      ((Vt = Fe._x = Fe._y = !1), Hn(t, i, r, f, a, h, S, !1, !0));
      let { left: y, top: v, width: b, height: E } = me,
        A = b > 0 || E > 0,
        B = Gi != y || Ii != v || Bi != b || Yi != E;
      if ((A && B && en(me), Fe.setScale && A && B)) {
        let ie = y,
          le = b,
          Z = v,
          W = E;
        if (
          (T.ori == 1 && ((ie = v), (le = E), (Z = y), (W = b)),
          Ce && Rt(P, xt(ie, P), xt(ie + le, P)),
          Ve)
        )
          for (let R in k) {
            let de = k[R];
            R != P && de.from == null && de.min != ce && Rt(R, xt(Z + W, R), xt(Z, R));
          }
        Gn();
      } else V.lock && ((V._lock = !V._lock), Kt(i, !0, t != null));
      t != null && (nl(qn, Zn), Fl(qn, n, he, ye, q, M, null));
    }
    function or(t, i, r, f, a, h, S) {
      if (V._lock) return;
      Yt(t);
      let y = Vt;
      if (Vt) {
        let v = !0,
          b = !0,
          E = 10,
          A,
          B;
        (T.ori == 0 ? ((A = Ce), (B = Ve)) : ((A = Ve), (B = Ce)),
          A && B && ((v = he <= E || he >= q - E), (b = ye <= E || ye >= M - E)),
          A && v && (he = he < dl ? 0 : q),
          B && b && (ye = ye < gl ? 0 : M),
          Kt(null, !0, !0),
          (Vt = !1));
      }
      ((he = -10), (ye = -10), fe.fill(null), Kt(null, !0, !0), y && (Vt = y));
    }
    function Ki(t, i, r, f, a, h, S) {
      V._lock || (Yt(t), kn(), Gn(), t != null && Fl(io, n, he, ye, q, M, null));
    }
    function ji() {
      (O.forEach(lu), xn(n.width, n.height, !0));
    }
    Qt(rn, xl, ji);
    let yl = {};
    ((yl.mousedown = Ui),
      (yl.mousemove = Wi),
      (yl.mouseup = qi),
      (yl.dblclick = Ki),
      (yl.setSeries = (t, i, r, f) => {
        let a = ke.match[2];
        ((r = a(n, i, r)), r != -1 && vt(r, f, !0, !1));
      }),
      He &&
        (We(to, L, Ui),
        We(Un, L, Wi),
        We(lo, L, (t) => {
          (Yt(t), Nl(!1));
        }),
        We(no, L, or),
        We(io, L, Ki),
        oi.add(n),
        (n.syncRect = Nl)));
    let tn = (n.hooks = e.hooks || {});
    function Re(t, i, r) {
      Rn
        ? Vl.push([t, i, r])
        : t in tn &&
          tn[t].forEach((f) => {
            f.call(null, n, i, r);
          });
    }
    (e.plugins || []).forEach((t) => {
      for (let i in t.hooks) tn[i] = (tn[i] || []).concat(t.hooks[i]);
    });
    let $i = (t, i, r) => r,
      ke = Te(
        {
          key: null,
          setSeries: !1,
          filters: { pub: go, sub: go },
          scales: [P, x[1] ? x[1].scale : null],
          match: [wo, wo, $i],
          values: [null, null],
        },
        V.sync,
      );
    (ke.match.length == 2 && ke.match.push($i), (V.sync = ke));
    let Ji = ke.key,
      In = hs(Ji);
    function Fl(t, i, r, f, a, h, S) {
      ke.filters.pub(t, i, r, f, a, h, S) && In.pub(t, i, r, f, a, h, S);
    }
    In.sub(n);
    function sr(t, i, r, f, a, h, S) {
      ke.filters.sub(t, i, r, f, a, h, S) && yl[t](null, i, r, f, a, h, S);
    }
    n.pub = sr;
    function rr() {
      (In.unsub(n),
        oi.delete(n),
        Ht.clear(),
        ei(rn, xl, ji),
        d.remove(),
        se?.remove(),
        Re("destroy"));
    }
    n.destroy = rr;
    function Bn() {
      (Re("init", e, l),
        Ei(l || e.data, !1),
        N[P] ? zn(P, N[P]) : kn(),
        (jl = me.show && (me.width > 0 || me.height > 0)),
        (Bt = it = !0),
        xn(e.width, e.height));
    }
    return (
      x.forEach(Ti),
      O.forEach(Hs),
      o ? (o instanceof HTMLElement ? (o.appendChild(d), Bn()) : o(n, Bn)) : Bn(),
      n
    );
  }
  Pe.assign = Te;
  Pe.fmtNum = pi;
  Pe.rangeNum = fn;
  Pe.rangeLog = an;
  Pe.rangeAsinh = ci;
  Pe.orient = el;
  Pe.pxRatio = oe;
  Pe.join = qr;
  ((Pe.fmtDate = mi), (Pe.tzDate = nf));
  Pe.sync = hs;
  {
    ((Pe.addGap = Wf), (Pe.clipGaps = mn));
    let e = (Pe.paths = { points: ys });
    ((e.linear = vs), (e.stepped = Bf), (e.bars = Yf), (e.spline = qf));
  }
  var nu = 180,
    Sn = new WeakMap();
  function Ul() {
    for (let e of document.querySelectorAll(".chart[data-chart]")) {
      let l = e.dataset.chart ?? "",
        o = Sn.get(e);
      if (o?.json === l) continue;
      o?.plot.destroy();
      let n = JSON.parse(l);
      Sn.set(e, { json: l, plot: new Pe(ou(n, e), iu(n), e) });
    }
  }
  function Ms() {
    for (let e of document.querySelectorAll(".chart[data-chart]"))
      (Sn.get(e)?.plot.destroy(), Sn.delete(e));
    Ul();
  }
  var bs = window.innerWidth,
    Es;
  window.addEventListener("resize", () => {
    window.innerWidth !== bs &&
      ((bs = window.innerWidth), clearTimeout(Es), (Es = setTimeout(Ms, 150)));
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", Ms);
  function iu(e) {
    if (e.kind !== "stacked") return [e.x, ...e.series.map((o) => o.values)];
    let l = e.series.map((o, n) =>
      e.x.map((s, c) => e.series.slice(0, n + 1).reduce((u, p) => u + (p.values[c] ?? 0), 0)),
    );
    return [e.x, ...l.toReversed()];
  }
  function ou(e, l) {
    let o = getComputedStyle(l),
      n = (p) => o.getPropertyValue(`--${p}`).trim(),
      s = e.kind === "stacked" ? e.series.toReversed() : e.series,
      c = { stroke: n("line"), width: 1 },
      u = { stroke: n("soft"), grid: c, ticks: c, font: "12px system-ui, sans-serif" };
    return {
      width: l.clientWidth,
      height: nu,
      legend: { show: !1 },
      cursor: { y: !1, points: { show: e.kind !== "stacked" }, drag: { x: !1, y: !1 } },
      scales: { y: { range: (p, m, d) => [0, e.top ?? Math.max(1, Math.ceil((d ?? 0) * 1.1))] } },
      axes: [
        { ...u, space: 60 },
        {
          ...u,
          size: 44,
          incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4],
        },
      ],
      series: [{}, ...s.map(({ label: p, tone: m }) => ({ label: p, ...su(e.kind, n(m)) }))],
      hooks: { setCursor: [(p) => ru(p, e, l)] },
    };
  }
  function su(e, l) {
    switch (e) {
      case "stacked": {
        let o = Pe.paths.bars?.({ size: [0.8, 40] });
        return {
          stroke: l,
          fill: l,
          width: 0,
          points: { show: !1 },
          ...(o === void 0 ? {} : { paths: o }),
        };
      }
      case "area": {
        let o = Pe.paths.stepped?.({ align: 1 });
        return {
          stroke: l,
          fill: `${l}33`,
          width: 1.5,
          points: { show: !1 },
          ...(o === void 0 ? {} : { paths: o }),
        };
      }
      case "points":
        return { stroke: l, points: { show: !0, size: 5, fill: l }, paths: () => null };
    }
  }
  function ru(e, l, o) {
    let n = o.nextElementSibling,
      s = e.cursor.idx;
    if (n === null) return;
    let c = s == null ? void 0 : l.x[s];
    if (s == null || c === void 0) {
      n.textContent = "";
      return;
    }
    let u = new Date(c * 1e3).toLocaleTimeString(void 0, {
        timeStyle: l.kind === "stacked" ? "short" : "medium",
      }),
      p = l.series.map(({ label: m, values: d }) => `${m} ${d[s] ?? 0}`);
    n.textContent = `${u}: ${p.join(", ")}`;
  }
  function yn(e) {
    for (let l of e.querySelectorAll("table")) {
      let o = Array.from(l.querySelectorAll("thead th"), (n) => n.textContent ?? "");
      for (let n of l.querySelectorAll("tbody tr"))
        for (let [s, c] of Array.from(n.children).entries())
          c.setAttribute("data-label", o[s] ?? "");
    }
  }
  var fu = new Intl.DateTimeFormat(void 0, { dateStyle: "medium", timeStyle: "short" });
  function _n(e) {
    for (let l of e.querySelectorAll("time[datetime]")) {
      let o = Date.parse(l.getAttribute("datetime") ?? "");
      Number.isNaN(o) || (l.textContent = fu.format(o));
    }
  }
  var As = new Set(["open"]);
  function vi(e, l) {
    if (e.tagName !== l.tagName || e.id !== l.id) {
      e.replaceWith(document.importNode(l, !0));
      return;
    }
    if (e.matches("input, select, textarea") || (uu(e, l), e.matches(".chart, .readout"))) return;
    let o = [...e.childNodes],
      n = [...l.childNodes];
    for (let [s, c] of n.entries()) {
      let u = o[s];
      u === void 0
        ? e.append(document.importNode(c, !0))
        : u instanceof Element && c instanceof Element
          ? vi(u, c)
          : u.nodeType !== c.nodeType
            ? u.replaceWith(document.importNode(c, !0))
            : u.nodeValue !== c.nodeValue && (u.nodeValue = c.nodeValue);
    }
    for (let s of o.slice(n.length)) s.remove();
  }
  function uu(e, l) {
    for (let { name: o } of Array.from(e.attributes))
      !l.hasAttribute(o) && !As.has(o) && e.removeAttribute(o);
    for (let { name: o, value: n } of l.attributes)
      e.getAttribute(o) !== n && !As.has(o) && e.setAttribute(o, n);
  }
  function Ds() {
    let e = document.querySelector("main[data-live]");
    if (e === null) return;
    let l = document.querySelector("#freshness"),
      o = Number(e.dataset.live),
      n = 0,
      s = async () => {
        if (!(!(e.dataset.live !== void 0) || document.hidden || Ps(e)))
          try {
            let p = await fetch(location.href, { headers: { "x-live": "1" } });
            if (p.status === 401) return location.reload();
            if (!p.ok) throw new Error(String(p.status));
            let d = new DOMParser()
              .parseFromString(await p.text(), "text/html")
              .querySelector("main");
            if (d === null || Ps(e)) return;
            (_n(d), yn(d), vi(e, d), Ul(), (n = 0), Ls(l, ""));
          } catch {
            ((n += 1),
              Ls(l, n > 1 ? "Not up to date: the gateway does not answer. Trying on." : ""));
          }
      },
      c = () => {
        setTimeout(
          () => {
            s().then(c);
          },
          o * Math.min(2 ** n, 12),
        );
      };
    (c(),
      document.addEventListener("visibilitychange", () => {
        document.hidden || s();
      }));
  }
  function Ps(e) {
    let l = document.activeElement;
    return (
      (l instanceof Element && l.matches("input, select, textarea") && e.contains(l)) ||
      e.querySelector("details.confirm[open]") !== null
    );
  }
  function Ls(e, l) {
    e !== null && e.textContent !== l && (e.textContent = l);
  }
  _n(document);
  yn(document);
  Ul();
  Ds();
  document.addEventListener("click", (e) => {
    let l = e.target instanceof Element ? e.target.closest("[data-copy]") : null;
    l instanceof HTMLElement && cu(l);
  });
  async function cu(e) {
    let l = e.textContent;
    try {
      (await navigator.clipboard.writeText(e.dataset.copy ?? ""), (e.textContent = "Copied"));
    } catch {
      (e.parentElement?.querySelector("input")?.select(), (e.textContent = "Press Ctrl+C"));
    }
    setTimeout(() => {
      e.textContent = l;
    }, 2e3);
  }
})();
