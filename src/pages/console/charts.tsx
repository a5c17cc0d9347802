import { count, Table, Time } from "./parts.tsx";
import type { ChartSpec } from "./chart-spec.ts";
import type { ChartData } from "./figures.ts";
import type { PhoneFigures } from "../../durable/phone-figures.ts";

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** Meta fixes 20 a second for coexistence numbers (protocol.md 3.5). */
const PLACES = 20;

/** Traffic by hour and side, the places used of 20, and how long deliveries took. */
export function Charts({
  data,
  figures,
  now,
}: {
  data: ChartData;
  figures: PhoneFigures | null;
  now: number;
}) {
  return (
    <div class="charts">
      <Traffic data={data} now={now} />
      {figures === null ? null : <Places figures={figures} />}
      <Deliveries data={data} />
    </div>
  );
}

function Traffic({ data, now }: { data: ChartData; now: number }) {
  const first = Math.floor(now / HOUR_MS) * HOUR_MS - (HOURS - 1) * HOUR_MS;
  const hours = Array.from({ length: HOURS }, (_, index) => first + index * HOUR_MS);
  const values = (side: string) =>
    hours.map(
      (hour) => data.hours.find((row) => row.hour === hour && row.side === side)?.count ?? 0,
    );
  const series = [
    { label: "In", tone: "in", values: values("in") },
    { label: "Out by API", tone: "out", values: values("out") },
    { label: "From the phone", tone: "echo", values: values("echo") },
  ];
  const sums = series.map((each) => each.values.reduce((sum, value) => sum + value, 0));
  const isCut = data.cutAt !== null && data.cutAt > first;
  const spec: ChartSpec = {
    kind: "stacked",
    unit: "messages",
    x: hours.map((hour) => hour / 1_000),
    series,
  };
  return (
    <figure>
      <figcaption>
        <h3>Messages by hour, last 24 h</h3>
        <Legend series={series} sums={sums} />
      </figcaption>
      <Chart
        spec={spec}
        label={`Messages by hour: ${series.map((each, at) => `${sums[at]} ${each.label}`).join(", ")}`}
      />
      {isCut ? (
        <p class="hint">
          From the last 10,000 events of this partner, which begin at <Time at={data.cutAt} />.
        </p>
      ) : null}
      <details>
        <summary>As a table</summary>
        <Table label="Messages by hour">
          <thead>
            <tr>
              <th>Hour</th>
              {series.map((each) => (
                <th class="num">{each.label}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hours.map((hour, at) => (
              <tr>
                <td>
                  <Time at={hour} />
                </td>
                {series.map((each) => (
                  <td class="num">{count(each.values[at] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </Table>
      </details>
    </figure>
  );
}

function Places({ figures }: { figures: PhoneFigures }) {
  const { used, placesASecond } = figures.pace;
  const most = Math.max(0, ...used);
  const lastMinute = used.slice(-60).reduce((sum, each) => sum + each, 0);
  const spec: ChartSpec = {
    kind: "area",
    unit: "places a second",
    top: PLACES,
    x: used.map((_, at) => Math.round(figures.at / 1_000) - used.length + at),
    series: [{ label: "Places used", tone: "out", values: used }],
  };
  return (
    <figure>
      <figcaption>
        <h3>Places used of {PLACES} a second, last 2 min</h3>
        <p class="hint">
          At most {most} in a second; {lastMinute} in the last minute. Live messages from customers
          count.
          {placesASecond < PLACES ? ` This number's pace is ${placesASecond} a second.` : ""}
        </p>
      </figcaption>
      <Chart spec={spec} label={`Places used in each second: at most ${most} of ${PLACES}`} />
    </figure>
  );
}

function Deliveries({ data: { deliveries } }: { data: ChartData }) {
  const sorted = deliveries.map((each) => each.ms).toSorted((left, right) => left - right);
  const at = (share: number) => seconds(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  const spec: ChartSpec = {
    kind: "points",
    unit: "seconds",
    x: deliveries.map((each) => Math.round(each.at / 1_000)),
    series: [
      { label: "Sent to delivered", tone: "in", values: deliveries.map((each) => each.ms / 1_000) },
    ],
  };
  return (
    <figure>
      <figcaption>
        <h3>Delivery delay</h3>
        <p class="hint">
          {deliveries.length === 0
            ? "No delivery with both of Meta's instants in the tail of the log."
            : `From Meta's "sent" to its "delivered", last ${deliveries.length}: half within ${at(0.5)}, 19 of 20 within ${at(0.95)}.`}
        </p>
      </figcaption>
      {deliveries.length === 0 ? null : (
        <Chart
          spec={spec}
          label={`Delivery delay: half within ${at(0.5)}, 19 of 20 within ${at(0.95)}`}
        />
      )}
    </figure>
  );
}

function Chart({ spec, label }: { spec: ChartSpec; label: string }) {
  return (
    <>
      <div class="chart" role="img" aria-label={label} data-chart={JSON.stringify(spec)}></div>
      <p class="readout" aria-hidden="true"></p>
    </>
  );
}

function Legend({ series, sums }: { series: ChartSpec["series"]; sums: number[] }) {
  return (
    <ul class="legend">
      {series.map((each, at) => (
        <li>
          <span class={`swatch ${each.tone}`} aria-hidden="true"></span>
          {each.label} <b>{count(sums[at] ?? 0)}</b>
        </li>
      ))}
    </ul>
  );
}

/** Meta's statuses have whole seconds. */
function seconds(ms: number): string {
  return ms < 1_000 ? "a second" : `${Math.round(ms / 1_000)} s`;
}
