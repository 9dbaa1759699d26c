//! The schema: its roots put together, its limits set, its SDL written.

use crate::{
    accounts::{AccountMutation, AccountQuery, ProfileMutation, UserMutation, UserQuery},
    admin::{
        AdminQuery, BrandMutation, CategoryMutation, MediaMutation, ProductMutation, StockMutation, StockQuery,
        VariantMutation,
    },
    behaviour::{BehaviourMutation, BehaviourQuery},
    cart::{AddressMutation, CartMutation, CartQuery},
    catalog::CatalogQuery,
    commerce::{CouponMutation, CouponQuery, DashboardQuery, ShippingMutation, ShippingQuery, TaxMutation, TaxQuery},
    experiments::{ExperimentMutation, ExperimentQuery},
    extension::EnvelopeFactory,
    live::{StockBoard, Subscription},
    merchandising::{MerchandisingMutation, MerchandisingQuery},
    orders::{AdminOrderMutation, AdminOrderQuery, OrderMutation, OrderQuery, PaymentMutation},
    recommendations::{RecommenderMutation, RecommenderQuery},
    reviews::{AdminReviewQuery, ReviewModeration, ReviewMutation},
    search::{LookingQueries, PictureSearch, SearchAdminMutation, SearchAdminQuery, SearchMutation, SearchQueries},
    services::Services,
};
use async_graphql::{MergedObject, Request, Response, SDLExportOptions};
use futures::stream::BoxStream;
use std::pin::Pin;

/// What administrators see of search and recommendations. Apart, since each part of one object makes
/// the types of its resolvers deeper.
#[derive(Default, MergedObject)]
pub struct SteeringQuery(RecommenderQuery, SearchAdminQuery, MerchandisingQuery, ExperimentQuery);

/// What administrators say about search and recommendations.
#[derive(Default, MergedObject)]
pub struct SteeringMutation(
    RecommenderMutation,
    SearchAdminMutation,
    MerchandisingMutation,
    ExperimentMutation,
);

/// Every read.
#[derive(Default, MergedObject)]
pub struct Query(
    AccountQuery,
    UserQuery,
    CatalogQuery,
    SearchQueries,
    LookingQueries,
    CartQuery,
    OrderQuery,
    BehaviourQuery,
    SteeringQuery,
    AdminQuery,
    AdminOrderQuery,
    AdminReviewQuery,
    StockQuery,
    CouponQuery,
    ShippingQuery,
    TaxQuery,
    DashboardQuery,
);

/// Every write.
#[derive(Default, MergedObject)]
pub struct Mutation(
    AccountMutation,
    AddressMutation,
    CartMutation,
    OrderMutation,
    PaymentMutation,
    AdminOrderMutation,
    ProfileMutation,
    UserMutation,
    ProductMutation,
    VariantMutation,
    MediaMutation,
    CategoryMutation,
    BrandMutation,
    ReviewMutation,
    ReviewModeration,
    StockMutation,
    CouponMutation,
    ShippingMutation,
    TaxMutation,
    BehaviourMutation,
    PictureSearch,
    SearchMutation,
    SteeringMutation,
);

/// The schema with its services. Cheap to clone.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema over these services. The transport must attach a
/// [`RequestContext`](crate::RequestContext) to each request.
#[must_use]
pub fn build(services: Services) -> Schema {
    let settings = services.settings;
    let builder = Schema::build(Query::default(), Mutation::default(), Subscription)
        .extension(EnvelopeFactory(settings.limits))
        .data(StockBoard::default())
        .data(services);
    if settings.introspection {
        builder.finish()
    } else {
        builder.disable_introspection().finish()
    }
}

/// Executes one request. Not generic and boxed: the resolvers are compiled with this crate
/// and not once more with each caller.
pub fn execute(schema: &Schema, request: Request) -> Pin<Box<dyn Future<Output = Response> + Send + '_>> {
    Box::pin(schema.execute(request))
}

/// Executes one subscription.
#[must_use]
pub fn execute_stream(schema: &Schema, request: Request) -> BoxStream<'static, Response> {
    Box::pin(schema.execute_stream(request))
}

/// The schema's definition language. Needs no services.
#[must_use]
pub fn sdl() -> String {
    let schema = Schema::new(Query::default(), Mutation::default(), Subscription);
    let options = SDLExportOptions::new().use_space_ident().include_specified_by();
    let sdl = schema.sdl_with_options(options);
    let mut text = String::with_capacity(sdl.len());
    for line in sdl.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
