// What a screen of the popup says to the page that opened it. The plan is written into the screen by
// the simulator: origin, now (say this and close), onLeave (if the window is closed here), handOver,
// submitAfterMs.
(() => {
  const plan = JSON.parse(document.getElementById("plan").textContent);
  let isGoingOn = false;

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  function say({ data }) {
    window.opener?.postMessage(data, plan.origin);
  }

  /** From an origin that is not Meta's: a frame that has the opener in reach says it. */
  async function forge({ data }) {
    const frame = document.createElement("iframe");
    const said = new Promise((resolve) => {
      window.addEventListener("message", resolve, { once: true });
    });
    const query = new URLSearchParams({ target: plan.origin, data: JSON.stringify(data) });
    frame.src = `http://notfacebook.localhost:${location.port}/popup/elsewhere?${query}`;
    frame.hidden = true;
    document.body.append(frame);
    await said;
  }

  async function sayAllAndClose(deliveries) {
    if (window.opener === null) {
      document.querySelector("output").textContent =
        "No page is there to hear of this: the window was opened by hand, or the page cut itself off from it.";
      return;
    }
    for (const delivery of deliveries) {
      await pause(delivery.afterMs);
      if (delivery.from === "elsewhere") await forge(delivery);
      else say(delivery);
    }
    window.close();
  }

  // A form leads to the next screen; whatever else unloads this one is leaving.
  document.addEventListener("submit", () => (isGoingOn = true));
  window.addEventListener("pagehide", () => {
    if (isGoingOn) return;
    if (plan.handOver) navigator.sendBeacon(plan.handOver);
    for (const delivery of plan.onLeave) if (delivery.from === "meta") say(delivery);
  });

  if (plan.now !== null) {
    isGoingOn = true;
    void sayAllAndClose(plan.now);
  }
  if (plan.submitAfterMs !== null) {
    setTimeout(() => document.querySelector("form").requestSubmit(), plan.submitAfterMs);
  }
})();
