import { currentPlan } from "./disturber.ts";

/*
 * A machine whose clock is wrong: all code of the gateway reads it, and an alarm that is set for an
 * instant of it goes off when that clock shows the instant. Timers are durations and stay right.
 */

const RealDate = Date;
const offset = () => currentPlan().clockMs ?? 0;

globalThis.Date = new Proxy(RealDate, {
  get(target, name) {
    if (name === "now") return () => target.now() + offset();
    return Reflect.get(target, name, target) as unknown;
  },
  construct(target, args: unknown[], newTarget) {
    const given = args.length === 0 ? [target.now() + offset()] : args;
    // `new.target` is this stand-in, and what is made has to be a Date.
    return Reflect.construct(target, given, newTarget === Date ? target : newTarget) as object;
  },
});

const patched = new WeakSet<object>();

/** Alarms are the platform's, whose clock is right: they are told in its time. */
export function setAlarmsByRealClock(storage: DurableObjectStorage): void {
  const storages = Object.getPrototypeOf(storage) as Pick<DurableObjectStorage, "setAlarm">;
  if (patched.has(storages)) return;
  patched.add(storages);
  const { setAlarm } = storages;
  storages.setAlarm = function setInRealTime(this: DurableObjectStorage, at, options) {
    return setAlarm.call(this, Number(at) - offset(), options);
  };
}
