// Audits the GraphQL server at the given address by the public suite of the specification
// and prints one JSON line for each audit that does not hold. Ends with 1 if there is any.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
const audits = serverAudits({ url, fetchFn: fetch });
let failed = 0;
for (const audit of audits) {
  const result = await audit.fn();
  if (result.status === "ok") continue;
  failed += 1;
  const { name, status, reason } = result;
  const answer = result.response?.bodyUsed === false ? await result.response.text() : undefined;
  console.log(JSON.stringify({ id: audit.id, name, status, reason, answer }));
}
console.log(JSON.stringify({ audits: audits.length, failed }));
process.exitCode = failed ? 1 : 0;
