import { env } from "cloudflare:workers";
import { http, HttpResponse } from "msw";
import { graph } from "./graph-stub.ts";
import type { PartnerEvent } from "../../src/events/partner-event.ts";

/** A post as a partner's receiver gets it. */
export interface PartnerPost {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** The body as JSON. */
  event: PartnerEvent;
}

type Receiver = (post: PartnerPost, request: Request) => Response | Promise<Response>;

const taken: Receiver = () => new Response(null, { status: 204 });

/** The receivers of partners at https://partner.test: what came is kept, answers can be replaced. */
class PartnerStub {
  posts: PartnerPost[] = [];
  /** Posts that came and are not answered. */
  open = 0;
  mostOpen = 0;
  #receiver: Receiver = taken;
  #addresses: string[] = [];
  #isResolved = true;

  /** From here to the end of the test it is there, and takes everything. */
  start(): void {
    this.posts = [];
    [this.open, this.mostOpen] = [0, 0];
    this.#receiver = taken;
    this.#addresses = ["8.8.4.4"];
    this.#isResolved = true;
    graph.alsoServe(
      http.post("https://partner.test/*", ({ request }) => this.#take(request as Request)),
      http.get(env.DOH_URL, ({ request }) => {
        if (!this.#isResolved) return new HttpResponse(null, { status: 502 });
        const isFour = new URL(request.url).searchParams.get("type") !== "AAAA";
        const found = isFour ? this.#addresses : [];
        const Answer = found.map((data) => ({ name: "partner.test", type: 1, TTL: 60, data }));
        return HttpResponse.json({ Status: 0, Answer });
      }),
    );
  }

  /** Answers from now on. */
  answer(receiver: Receiver | number): void {
    this.#receiver =
      typeof receiver === "number" ? () => new Response("no", { status: receiver }) : receiver;
  }

  /** Takes everything again. */
  mend(): void {
    this.#receiver = taken;
  }

  /** Whether our resolver answers. */
  resolve(isResolved: boolean): void {
    this.#isResolved = isResolved;
  }

  /** Where its name leads. */
  moveTo(...addresses: string[]): void {
    this.#addresses = addresses;
  }

  /** Ids of the events that came, in the order they came. */
  get ids(): string[] {
    return this.posts.map(({ headers }) => headers["webhook-id"] ?? "");
  }

  async #take(request: Request): Promise<Response> {
    const body = await request.text();
    const headers = Object.fromEntries(request.headers);
    const post = { url: request.url, headers, body, event: JSON.parse(body) as PartnerEvent };
    this.posts.push(post);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    try {
      return await this.#receiver(post, request);
    } finally {
      this.open -= 1;
    }
  }
}

export const partnerStub = new PartnerStub();
