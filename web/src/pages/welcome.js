// The welcome page: the shop's own GraphQL, and nothing else.
const CARD = "id name price { min { amount currencyCode } } image { url(width: 480) alt }";
const LIST = `query Popular($query: String) { products(first: 12, query: $query) { nodes { ${CARD} } } }`;
const RECOMMENDED = `items { product { ${CARD} } score scoreParts { text image } reason { message } } source`;
const STRIPS = `query Strips($id: ID!, $weights: RecommendationWeights) { product(by: { id: $id }) { name description
  hybrid: recommendations(first: 6, weights: $weights) { ${RECOMMENDED} }
  text: recommendations(first: 6, kind: SIMILAR_TEXT) { ${RECOMMENDED} }
  image: recommendations(first: 6, kind: SIMILAR_IMAGE) { ${RECOMMENDED} } } }`;

const $ = (id) => document.getElementById(id);
const make = (tag, properties, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};

async function ask(query, variables) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors?.length) throw new Error(errors[0].message);
  return data;
}

const price = ({ price }) =>
  price
    ? new Intl.NumberFormat(undefined, { style: "currency", currency: price.min.currencyCode }).format(price.min.amount)
    : "not for sale";

function card(product, item) {
  const image = product.image ? { src: product.image.url, alt: product.image.alt ?? "" } : { alt: "" };
  const button = make("button", { type: "button", className: "card" },
    make("img", { ...image, loading: "lazy", width: 480, height: 480 }),
    make("span", { textContent: product.name }),
    make("small", { textContent: item ? item.reason.message : price(product) }));
  if (item) {
    const bar = make("div", { className: "bar", title: `score ${item.score.toFixed(3)}` });
    for (const part of [item.scoreParts.text, item.scoreParts.image]) {
      const piece = make("i");
      piece.style.width = `${Math.max(0, part ?? 0) * 100}%`;
      bar.append(piece);
    }
    button.append(bar);
  }
  button.addEventListener("click", () => choose(product.id));
  return make("li", {}, button);
}

let chosen;
async function choose(id) {
  chosen = id;
  const text = Number($("weight").value);
  const { product } = await ask(STRIPS, { id, weights: { text, image: Number((1 - text).toFixed(2)) } });
  if (chosen !== id || !product) return;
  const moved = $("strips").hidden || $("chosen").textContent !== product.name;
  $("chosen").textContent = product.name;
  $("chosen-text").textContent = product.description;
  const rows = [["Goes with it: text and picture", product.hybrid], ["By text alone", product.text], ["By picture alone", product.image]];
  $("rows").replaceChildren(...rows.flatMap(([title, list]) => [
    make("h3", { textContent: list.source === "FALLBACK" ? `${title} (popular instead: no vectors yet)` : title }),
    make("ul", { className: "cards strip" }, ...list.items.map((item) => card(item.product, item))),
  ]));
  $("strips").hidden = false;
  if (moved) $("strips").scrollIntoView({ behavior: "smooth", block: "start" });
}

async function list(query) {
  $("problem").hidden = true;
  try {
    const { products } = await ask(LIST, { query: query || null });
    $("list-title").textContent = query ? `Results for “${query}”` : "Popular";
    $("products").replaceChildren(...products.nodes.map((product) => card(product)));
    if (!products.nodes.length) throw new Error("Nothing found. Try fewer or other words.");
  } catch (error) {
    $("problem").textContent = error.message;
    $("problem").hidden = false;
  }
}

let timer;
$("search").addEventListener("input", (event) => {
  clearTimeout(timer);
  timer = setTimeout(() => list(event.target.value.trim()), 150);
});
$("search").addEventListener("submit", (event) => event.preventDefault());
$("weight").addEventListener("input", (event) => {
  $("weight-value").textContent = Number(event.target.value).toFixed(2);
  if (chosen) choose(chosen);
});
list("");
