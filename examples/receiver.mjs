// The least that receives Tandem's events: checks the signature, answers at once, works afterwards.
//   npm install standardwebhooks, then: SECRET=whsec_… node examples/receiver.mjs
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const { SECRET, PORT = "4000" } = process.env;
if (SECRET === undefined) throw new Error("SECRET is missing: it came with the new endpoint.");
const webhook = new Webhook(SECRET);
/** Ids that were seen: the same event can come twice. Yours belong into a database. */
const seen = new Set();

const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (text) => {
    body += text;
  });
  request.on("end", () => {
    let event;
    try {
      event = webhook.verify(body, request.headers);
    } catch {
      response.writeHead(401).end();
      return;
    }
    response.writeHead(204).end();
    if (seen.has(event.id)) return;
    seen.add(event.id);
    console.log(`${event.at}  ${event.type}  seq ${event.seq}`);
  });
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on ${PORT}`));
