//! The stock of products that are watched: read once for each change, however many watch.

use super::{ChangeFeed, ChangeStream, News};
use crate::{catalog::Product, error::ApiError, ids::Id};
use async_graphql::SimpleObject;
use futures::{FutureExt, Stream, StreamExt, stream::Fuse};
use parking_lot::Mutex;
use shop::{
    Shop,
    catalog::free_stock,
    error::ShopError,
    id::{ProductId, VariantId},
    outbox::Change,
};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

/// No client needs to know that there are more pieces than this.
const MOST_SHOWN_PIECES: i32 = 99;

/// The stock of a variant.
#[derive(Clone, Debug, SimpleObject)]
pub struct VariantStock {
    /// Which.
    pub variant_id: Id<VariantId>,
    /// Pieces that can be bought now, 99 at most.
    pub available_quantity: i32,
}

/// The stock of a product.
#[derive(Clone, Debug, SimpleObject)]
pub struct ProductStock {
    /// The product; null once it is not public any more.
    pub product: Option<Product>,
    /// Its variants; none once it is not public any more.
    pub variants: Vec<VariantStock>,
}

/// What was read last; nothing before the first read.
type Seen = Option<Result<ProductStock, ApiError>>;

/// One reader for each product that is watched, as long as it is. Cheap to clone; all clones
/// are one.
#[derive(Clone, Default)]
pub(crate) struct StockBoard(Arc<Mutex<HashMap<ProductId, watch::Sender<Seen>>>>);

impl StockBoard {
    /// The stock of a product, now and whenever it changes; what changes faster than a
    /// watcher takes it in is told once. A failure ends it.
    pub(crate) fn watch(
        &self,
        shop: &Shop,
        changes: &dyn ChangeFeed,
        id: ProductId,
    ) -> impl Stream<Item = Result<ProductStock, ApiError>> + Send + 'static {
        let seen = {
            let mut readers = self.0.lock();
            match readers.get(&id) {
                Some(reader) => reader.subscribe(),
                None => {
                    let (sender, seen) = watch::channel(None);
                    readers.insert(id, sender.clone());
                    let reader = Reader {
                        board: self.clone(),
                        shop: shop.clone(),
                        id,
                        sender,
                    };
                    // First the ear, then the eye: nothing falls between them.
                    tokio::spawn(reader.run(changes.subscribe()));
                    seen
                }
            }
        };
        WatchStream::new(seen).filter_map(async |seen| seen)
    }
}

/// Reads one product's stock for all who watch it.
struct Reader {
    board: StockBoard,
    shop: Shop,
    id: ProductId,
    sender: watch::Sender<Seen>,
}

impl Reader {
    async fn run(self, news: ChangeStream) {
        let mut news = news.fuse();
        loop {
            let read = read(&self.shop, self.id).await.map_err(ApiError::from);
            let has_failed = read.is_err();
            self.sender.send_replace(Some(read));
            if has_failed || !self.wait(&mut news).await {
                break;
            }
        }
        let mut readers = self.board.0.lock();
        // Another one may have begun since.
        if readers
            .get(&self.id)
            .is_some_and(|reader| reader.same_channel(&self.sender))
        {
            readers.remove(&self.id);
        }
    }

    /// Until the stock may be another one; `false` when nobody watches any more, or nothing
    /// will be told.
    async fn wait(&self, news: &mut Fuse<ChangeStream>) -> bool {
        loop {
            tokio::select! {
                () = self.sender.closed() => {
                    // Whoever comes now waits at the lock, and finds no reader.
                    let mut readers = self.board.0.lock();
                    if self.sender.receiver_count() == 0 {
                        readers.remove(&self.id);
                        return false;
                    }
                }
                told = news.next() => {
                    let Some(told) = told else { return false };
                    if self.is_concerned(&told) {
                        // One look answers for everything that was told until now.
                        while let Some(Some(_)) = news.next().now_or_never() {}
                        return true;
                    }
                }
            }
        }
    }

    fn is_concerned(&self, news: &News) -> bool {
        match news {
            News::Missed => true,
            News::Changed(Change::Product(id, _) | Change::ProductDeleted { id, .. }) => *id == self.id,
            News::Changed(_) | News::Learned(_) | News::Indexed(_) => false,
        }
    }
}

impl Drop for Reader {
    /// However it ends: who comes later gets another reader.
    fn drop(&mut self) {
        let mut readers = self.board.0.lock();
        // Another one may have begun since.
        if readers
            .get(&self.id)
            .is_some_and(|reader| reader.same_channel(&self.sender))
        {
            readers.remove(&self.id);
        }
    }
}

async fn read(shop: &Shop, id: ProductId) -> Result<ProductStock, ShopError> {
    // Past the cache: this process may apply the same change a moment later.
    let view = shop.catalog().load_fresh(&[id]).await?.pop();
    let view = view.filter(|view| view.is_published());
    let variants = view.iter().flat_map(|view| &view.variants);
    let variants = variants.map(|variant| VariantStock {
        variant_id: Id(variant.id),
        available_quantity: free_stock(variant).min(MOST_SHOWN_PIECES),
    });
    Ok(ProductStock {
        variants: variants.collect(),
        product: view.map(|view| Product(Arc::new(view))),
    })
}
