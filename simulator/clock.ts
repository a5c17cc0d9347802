/** A clock that can run faster than the real one, and that a test may push forward. */
export type Clock = {
  /** Simulated instant, epoch ms. */
  now(): number;
  /** Resolves after `ms` simulated milliseconds; never, once the clock is stopped. */
  sleep(ms: number): Promise<void>;
  /** Runs `task` after `ms` simulated milliseconds; call the answer to cancel. */
  after(ms: number, task: () => void): () => void;
  /** Jumps `ms` simulated milliseconds ahead; what falls due meanwhile runs, oldest first. */
  advance(ms: number): void;
  /** Forgets every pending timer. */
  stop(): void;
};

type Timer = { dueAt: number; task: () => void; handle?: ReturnType<typeof setTimeout> };

/** Node turns a longer delay into 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Real time that never steps back: epoch ms with a fraction. What is measured at the wire (arrivals,
 * 20 a second, pair rate) uses this one, never the simulated clock.
 */
export function realNow(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * @param timeScale simulated milliseconds per real one, from this call on
 */
export function createClock(timeScale: number): Clock {
  if (!(timeScale > 0)) throw new RangeError("timeScale must be above 0");
  const startedAt = realNow();
  let skippedMs = 0;
  const timers = new Set<Timer>();

  const now = () => Math.floor(startedAt + (realNow() - startedAt) * timeScale + skippedMs);

  function arm(timer: Timer): void {
    const delayMs = Math.ceil(Math.max(0, timer.dueAt - now()) / timeScale);
    timer.handle = setTimeout(() => fire(timer), Math.min(delayMs, MAX_DELAY_MS));
  }

  function fire(timer: Timer): void {
    if (timer.dueAt > now()) return arm(timer);
    timers.delete(timer);
    timer.task();
  }

  function after(ms: number, task: () => void): () => void {
    const timer: Timer = { dueAt: now() + ms, task };
    timers.add(timer);
    arm(timer);
    return () => {
      clearTimeout(timer.handle);
      timers.delete(timer);
    };
  }

  return {
    now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError("the clock only moves forward");
      skippedMs += ms;
      for (const timer of [...timers].toSorted((a, b) => a.dueAt - b.dueAt)) {
        clearTimeout(timer.handle);
        arm(timer);
      }
    },
    stop() {
      for (const timer of timers) clearTimeout(timer.handle);
      timers.clear();
    },
  };
}
