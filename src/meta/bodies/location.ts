import { maybe, number, object, text } from "./pieces.ts";

/** `location` (protocol.md 3.2); also a template's header. */
export const locationContent = object("the place, by latitude and longitude", {
  latitude: number("degrees north"),
  longitude: number("degrees east"),
  name: maybe(text("the name of the place")),
  address: maybe(text("the address of the place")),
});
