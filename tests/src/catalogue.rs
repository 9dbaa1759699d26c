//! What stories do with the catalogue again and again, through the API.

use crate::{
    client::{Client, Upload, data_of, payload_of},
    pictures,
};
use image::ImageFormat;
use serde_json::{Value, json};

/// A product to be made: public, of one variant.
#[derive(Clone, Debug)]
pub struct NewProduct<'a> {
    /// Title.
    pub name: &'a str,
    /// Price in the shop's currency.
    pub price: &'a str,
    /// Pieces in the house.
    pub stock: i64,
    /// The colour of its picture, if it gets one.
    pub colour: Option<[u8; 3]>,
    /// Further members of the input.
    pub more: Value,
}

impl<'a> NewProduct<'a> {
    /// In stock, for 20.00, without a picture.
    #[must_use]
    pub fn named(name: &'a str) -> Self {
        Self {
            name,
            price: "20.00",
            stock: 5,
            colour: None,
            more: json!({}),
        }
    }

    /// With a picture of this colour.
    #[must_use]
    pub fn coloured(self, colour: [u8; 3]) -> Self {
        Self {
            colour: Some(colour),
            ..self
        }
    }

    /// For this price.
    #[must_use]
    pub fn priced(self, price: &'a str) -> Self {
        Self { price, ..self }
    }

    /// With these further members of the input.
    #[must_use]
    pub fn with(self, more: Value) -> Self {
        Self { more, ..self }
    }
}

/// A product that was made.
#[derive(Clone, Debug)]
pub struct Product {
    /// `prod_…`.
    pub id: String,
    /// Its URL part.
    pub slug: String,
    /// Its one variant.
    pub variant: String,
}

/// A list of recommendations as the API gives it.
#[derive(Clone, Debug)]
pub struct Recommended(pub Value);

impl Recommended {
    /// Names in order.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let items = self.0["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| item["product"]["name"].as_str())
            .collect()
    }

    /// `VECTORS` or `FALLBACK`; empty when there is no list.
    #[must_use]
    pub fn source(&self) -> &str {
        self.0["source"].as_str().unwrap_or_default()
    }

    /// Itself when `holds`, else itself as what was seen instead.
    ///
    /// # Errors
    /// When the condition does not hold.
    pub fn when(self, holds: impl Fn(&Self) -> bool) -> Result<Self, Self> {
        if holds(&self) { Ok(self) } else { Err(self) }
    }
}

/// Names of a list of products.
#[must_use]
pub fn names(nodes: &Value) -> Vec<&str> {
    let nodes = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
    nodes.iter().filter_map(|node| node["name"].as_str()).collect()
}

const CREATE: &str = "mutation($input: ProductCreateInput!) { productCreate(input: $input) { product { id slug variants { id } } userErrors { code path message } } }";
const UPLOAD: &str = "mutation($input: MediaUploadInput!) { mediaUpload(input: $input) { media { id url alt width height } product { id } userErrors { __typename code path message } } }";

impl Client {
    /// Makes a product.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn create(&self, new: NewProduct<'_>) -> Product {
        let sku = new.name.replace(' ', "-").to_uppercase();
        let mut input = json!({ "name": new.name, "publish": true,
            "variants": [{ "sku": sku, "price": new.price, "stock": new.stock }] });
        if let (Some(input), Some(more)) = (input.as_object_mut(), new.more.as_object()) {
            input.extend(more.clone());
        }
        let payload = self.change(CREATE, json!({ "input": input })).await;
        let product = &payload["product"];
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{payload}")).to_owned();
        let made = Product {
            id: text(&product["id"]),
            slug: text(&product["slug"]),
            variant: text(&product["variants"][0]["id"]),
        };
        if let Some(colour) = new.colour {
            self.picture(&made.id, colour).await;
        }
        made
    }

    /// Gives a product a picture of one colour.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn picture(&self, product: &str, colour: [u8; 3]) -> Value {
        let file = Upload {
            name: "photo.png",
            content_type: "image/png",
            bytes: pictures::plain(colour, ImageFormat::Png),
        };
        payload_of(data_of(self.send_picture(product, file).await))
    }

    /// Sends a file as a product's picture; the whole response.
    ///
    /// # Panics
    /// When the server gives no JSON.
    pub async fn send_picture(&self, product: &str, file: Upload) -> Value {
        let variables = json!({ "input": { "productId": product, "file": null, "alt": "as it is" } });
        self.upload(UPLOAD, variables, "input.file", file).await
    }

    /// Sends a file as a product's picture; none when the server is gone or has no answer.
    pub async fn try_send_picture(&self, product: &str, file: Upload) -> Option<Value> {
        let variables = json!({ "input": { "productId": product, "file": null, "alt": "as it is" } });
        self.try_upload(UPLOAD, variables, "input.file", file).await
    }

    /// What goes with a product; `arguments` such as `(first: 3)`, or nothing.
    ///
    /// # Panics
    /// When there are errors.
    pub async fn recommended(&self, product: &str, arguments: &str) -> Recommended {
        let query = format!(
            "query($id: ID!) {{ product(by: {{id: $id}}) {{ recommendations{arguments} {{ source generation items {{ \
             product {{ id name slug isAvailable price {{ min {{ amount }} }} }} score isImageImputed reason {{ code message }} \
             scoreParts {{ text image popularity newness }} }} }} }} }}"
        );
        let data = self.data(&query, json!({ "id": product })).await;
        Recommended(data["product"]["recommendations"].clone())
    }

    /// Runs `productUpdate` with these members beside the id.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn update(&self, product: &str, members: Value) -> Value {
        let mut input = members;
        input["id"] = json!(product);
        let update = "mutation($input: ProductUpdateInput!) { productUpdate(input: $input) { product { name } userErrors { code path message } } }";
        self.change(update, json!({ "input": input })).await
    }

    /// Runs one of the mutations that take nothing but an id, such as `productDelete`.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn by_id(&self, mutation: &str, id: &str) -> Value {
        let operation =
            format!("mutation {{ {mutation}(input: {{id: \"{id}\"}}) {{ userErrors {{ code message }} }} }}");
        self.change(&operation, Value::Null).await
    }

    /// Says how many pieces of a variant are in the house.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn set_stock(&self, variant: &str, stock: i64) {
        let operation = format!(
            "mutation {{ variantStockSet(input: {{id: \"{variant}\", stock: {stock}}}) {{ userErrors {{ code message }} }} }}"
        );
        self.change(&operation, Value::Null).await;
    }

    /// Gives a variant another price.
    ///
    /// # Panics
    /// When the shop refuses it.
    pub async fn set_price(&self, variant: &str, price: &str) {
        let operation = format!(
            "mutation {{ variantUpdate(input: {{id: \"{variant}\", price: \"{price}\"}}) {{ userErrors {{ code message }} }} }}"
        );
        self.change(&operation, Value::Null).await;
    }
}
