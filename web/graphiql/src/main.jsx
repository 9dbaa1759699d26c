// GraphiQL for /graphiql, with a session that shows what the shop can do.
import React from "react";
import { createRoot } from "react-dom/client";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import "./page.css";

const session = [
  {
    query: `# Products, and what goes with them. Press the play button.
query ProductsWithRecommendations {
  products(first: 4, sort: [{ field: POPULARITY, direction: DESC }]) {
    totalCount
    nodes {
      name
      price { min { amount currencyCode } }
      recommendations(first: 3) {
        source
        items {
          product { name }
          score
          scoreParts { text image }
          reason { message }
        }
      }
    }
  }
}
`,
  },
  {
    query: `# A listing with facets: each facet's own selection is left out of its counts.
query Listing {
  products(query: "wood", first: 5) {
    totalCount
    nodes { name brand { name } price { min { amount } } }
    facets { key label values { value label count isSelected } }
  }
}
`,
  },
  {
    query: `# Sign in with a demo account (printed when the server starts), then send
# { "Authorization": "Bearer <accessToken>" } in the Headers pane.
mutation LogIn {
  logIn(input: { email: "admin@demo.myshop.example", password: "demo-admin-password" }) {
    accessToken
    expiresAt
    userErrors { code message path }
  }
}
`,
  },
];

const fetcher = createGraphiQLFetcher({ url: "/graphql" });
createRoot(document.getElementById("graphiql")).render(
  <GraphiQL fetcher={fetcher} defaultTabs={session} shouldPersistHeaders={false} />,
);
