//! What the help of a subcommand shows at its end: lines to copy.

pub(super) const SERVE: &str = "\
Examples:
  myshop serve --seed-demo                 a demo shop in ./data, at http://127.0.0.1:8000
  MYSHOP_SHOP__DEMO=false DATABASE_URL=postgres://… REDIS_URL=redis://… myshop serve
                                           a real shop; it says which secrets are to be set

The schema is brought up to date and missing models are fetched first. A shop without models
serves all the same and takes them up when they appear; GET /readyz tells what works. Ctrl-C or
SIGTERM stops it: requests under way are answered first.";

pub(super) const MIGRATE: &str = "\
Examples:
  myshop migrate status                    what is applied and what is pending
  myshop migrate                           apply what is pending; `serve` does so too";

pub(super) const SCHEMA: &str = "\
Examples:
  myshop schema -o schema.graphql          needs no settings, no database and no server
  npx graphql-codegen --schema schema.graphql …";

pub(super) const SEED: &str = "\
Examples:
  myshop seed                              the demo catalogue, its pictures, users and past
  myshop seed --force                      the same, with everything edited put back

Seeding is deterministic, and `myshop seed` again changes nothing. It works in demo mode only,
and wants no server beside it the first time: that would give up orders of the past as overdue.
Vectors are made by the running server, or by `myshop reindex`.";

pub(super) const IMPORT: &str = "\
Examples:
  myshop import products.csv --dry-run     what would be taken, and why the rest would not
  myshop import products.csv --image-dir photos/
  myshop import feed.xml --image-urls      a Google Merchant feed with its pictures
  myshop import rows.jsonl.gz --mapping columns.toml --image-tar photos.tar

Products are known again by their external id, so a feed can be imported as often as it changes;
of several rows with one id the last one counts, and rows of one group are its variants. An import that was interrupted goes on where it
was when it is started again. A mapping file begins like this (docs/examples has whole ones):

  [fields]
  external_id = \"article_no\"
  name = \"title\"
  price = \"price_usd\"";

pub(super) const REINDEX: &str = "\
Examples:
  myshop reindex                           embed products that have no vectors yet
  myshop reindex --all                     embed everything again, for example to compare

Vectors are kept by a hash of what they were made from: nothing is embedded twice,
except by --all. A running server takes new vectors up by itself.";

pub(super) const EVAL: &str = "\
Examples:
  myshop eval                              this shop, on what people did in it so far
  myshop eval shop/                        events.csv, items.csv and pictures, as docs/EVALUATION.md says
  myshop eval Beauty.txt --systems popular,covisitation
  myshop eval shop/ --tune 12 --curves --json eval.json --html eval.html
  myshop eval shop/ --baseline eval.json   fail when a figure fell below its interval

Only what people did before is learned, as the protocol says; settings are tuned on a part of that, never
on what is then reported. A run that is broken off goes on where it stopped.";

pub(super) const MODELS: &str = "\
Examples:
  myshop models fetch                      60 MB (150 MB with CLIP) into data/models, resumed if interrupted
  myshop models verify                     compare every file with its SHA-256
  myshop models list                       what there is to choose from

Without models the shop serves popular and new products instead of similar ones, and says so.";
