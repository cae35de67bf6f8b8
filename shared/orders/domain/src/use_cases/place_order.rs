//! Placement of an order: a retry never creates a second one.

use crate::ports::{
    AcceptedClaim, Claim, ClaimedKey, Claims, Holder, Inserted, LookUp, NewClaim, OrderNumbers, Orders,
    RefusedProduct, StockClaim, StockClaims,
};
use crate::{
    CatalogOrder, CustomerId, Fingerprint, LeasedNumbers, LineItem, NewOrder, Offers, Order, OrderId,
    OrderKey, OrderNumber, OrderRecord, OrderRequest, ProductsRefused, RejectReason, Shortage, Sku, Status,
};
use kernel::{IdempotencyKey, PortError, Tenant, Timestamp, Traceparent};
use std::collections::HashMap;
use std::time::Duration;

/// Maximum number of order numbers that are tried for one order. A number is taken when the counter was restored from a
/// backup, and each attempt leases a further block.
pub(super) const MAX_NUMBERS: usize = 4;

/// Maximum number of times that one request is priced. Each further one means that a product was edited in the meantime.
const MAX_PRICINGS: usize = 5;

/// Minimum lifetime of a claim with stock. The sweeper finds the order of a reservation in its claim, and prolongs a claim
/// whose order it can't store: it has this time until its first run.
pub(super) const MIN_TTL_WITH_STOCK: Duration = Duration::from_hours(24);

/// Command to place an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Owner of the order.
    pub tenant: Tenant,
    /// Idempotency key of the request.
    pub key: IdempotencyKey,
    /// Customer to whom the key belongs, for a caller who may place orders of this customer only.
    pub customer: Option<CustomerId>,
    /// Lifetime of the claim on the key, from the arrival of the request on.
    pub claim_ttl: Duration,
    /// Order that the client requests.
    pub request: OrderRequest,
    /// Time within which an order with products of the catalog has to be paid, unless its request says so; `None` for any.
    pub payment_window: Option<Duration>,
    /// Identity for the order, unless an earlier request has claimed the key.
    pub order_id: OrderId,
    /// Time of the request's arrival.
    pub received_at: Timestamp,
    /// Trace context of the request.
    pub traceparent: Option<Traceparent>,
}

/// Outcome of [`place_order`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placement {
    /// The order is stored.
    Placed(PlacedOrder),
    /// An earlier request with the key has handed the order over for processing, and it is not decided yet.
    Accepted(AcceptedClaim),
}

impl Placement {
    /// Returns the order, if it is stored.
    #[must_use]
    pub fn placed(self) -> Option<PlacedOrder> {
        match self {
            Self::Placed(placed) => Some(placed),
            Self::Accepted(_) => None,
        }
    }
}

/// Order that is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Order as it was created, the same for every request with this key.
    pub order: Order,
    /// `true` when an earlier request had claimed the key.
    pub is_replay: bool,
    /// Record with events to publish, when this call has stored it. Otherwise the request that has
    /// stored it publishes them, or the relay does.
    pub unpublished: Option<OrderRecord>,
}

/// Error of [`place_order`].
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    /// The key belongs to another request. Nothing was changed.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// Another order of the tenant has the external id. No order was placed.
    #[error("another order has the external id")]
    ExternalIdTaken,
    /// An earlier request with the key has handed the order over for processing, which has rejected it.
    #[error("the order was rejected: {0}")]
    Rejected(RejectReason),
    /// The catalog does not have the products as requested. Nothing is held, and the key is free.
    #[error(transparent)]
    Products(ProductsRefused),
    /// Too many others order the same products at this moment. A retry with the same key converges.
    #[error("the stock is in use by other orders")]
    Contended,
    /// The order has no number. A retry with the same key converges.
    #[error("the order could not be numbered")]
    Number(#[source] PortError),
    /// The claim failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the idempotency key could not be claimed")]
    Claim(#[source] PortError),
    /// The insert failed, or its outcome is unknown. A retry with the same key converges.
    #[error("the order could not be stored")]
    Insert(#[source] PortError),
}

/// Claims the key *with the order*, then stores the order of the claim.
///
/// The cost is one conditional write to the claims and one insert; with `numbers`, also a lease for every block of
/// numbers. For an order with products of the catalog, the claim is a transaction that also takes their stock, and products
/// that the instance doesn't remember are read before. No lock must expire first: after a crash at any point, the next
/// request with the same key finds the claim and completes the work, and for an order with stock the sweeper does, too. The
/// number of the claim is a proposal: if another order has it, the stored order decides.
///
/// # Errors
///
/// [`PlaceOrderError`]; after any error the same command may be repeated.
pub async fn place_order(
    claims: &impl Claims,
    stock: &impl StockClaims,
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    command: PlaceOrder,
) -> Result<Placement, PlaceOrderError> {
    let PlaceOrder {
        tenant,
        key,
        customer,
        claim_ttl,
        request,
        payment_window,
        order_id,
        received_at,
        traceparent,
    } = command;
    let fingerprint = Fingerprint::of(&request);
    let number = match numbers {
        Some(numbers) => Some(numbers.take(&tenant).await.map_err(PlaceOrderError::Number)?),
        None => None,
    };
    let key =
        ClaimedKey { tenant: &tenant, key: &key, customer: customer.as_ref(), fingerprint, at: received_at };
    let proposal = Proposal { order_id, number, claim_ttl, payment_window };
    let claimed = match request {
        OrderRequest::Priced(request) => {
            let order = proposal.order(request, &key, None);
            let claim = NewClaim { key, order: &order, expires_at: received_at.after(claim_ttl) };
            let claimed = claims.claim(&claim).await.map_err(PlaceOrderError::Claim);
            claimed.map(|claim| Claimed::of(claim, order))
        }
        // In a box: most requests have no products of the catalog.
        OrderRequest::OfCatalog(request) => {
            Box::pin(claim_with_stock(stock, &proposal, &key, &request)).await
        }
    };
    if !matches!(claimed, Ok(Claimed::Won(_)))
        && let Some((numbers, number)) = numbers.zip(number)
    {
        numbers.give_back(&tenant, number);
    }
    let (order, is_replay) = match claimed? {
        Claimed::Won(order) => (order, false),
        // The SDK repeats a transaction whose response is lost.
        Claimed::Replay(earlier) => {
            let is_replay = earlier.id() != order_id;
            (earlier, is_replay)
        }
        Claimed::Accepted(claim) => return find_accepted(orders, &tenant, claim).await,
        Claimed::KeyReused => return Err(PlaceOrderError::KeyReused),
    };
    let claimed = ClaimedOrder { order, is_replay, received_at, traceparent };
    store_claimed(orders, numbers, claimed).await.map(Placement::Placed)
}

/// Order of a claim.
pub(super) struct ClaimedOrder {
    pub(super) order: Order,
    /// `true` when an earlier request has made the claim.
    pub(super) is_replay: bool,
    pub(super) received_at: Timestamp,
    pub(super) traceparent: Option<Traceparent>,
}

/// Stores the order of a claim, unless an earlier request has done so.
pub(super) async fn store_claimed(
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    claimed: ClaimedOrder,
) -> Result<PlacedOrder, PlaceOrderError> {
    let ClaimedOrder { order, is_replay, received_at, traceparent } = claimed;
    if is_replay
        && let Some(existing) = orders.existing(&order.key()).await.map_err(PlaceOrderError::Insert)?
    {
        if existing.is_rejected {
            return Err(PlaceOrderError::ExternalIdTaken);
        }
        return Ok(PlacedOrder { order: order.with_number(existing.number), is_replay, unpublished: None });
    }
    let record = OrderRecord::created(order, traceparent).stored_at(received_at);
    let (record, is_new) = store_order(orders, numbers, record).await?;
    Ok(PlacedOrder {
        order: record.as_created(),
        is_replay,
        // With our own claim, an order that is already there is most likely our own insert, retried after a lost
        // response. If another request was faster, both publish the event with the same id.
        unpublished: (is_new || !is_replay).then_some(record),
    })
}

/// Returns what became of an order that an earlier request has handed over for processing, by at most one read.
///
/// # Errors
///
/// [`PlaceOrderError::Rejected`], and [`PlaceOrderError::Insert`] when the order can't be read.
pub async fn find_accepted(
    orders: &impl Orders,
    tenant: &Tenant,
    claim: AcceptedClaim,
) -> Result<Placement, PlaceOrderError> {
    if !claim.is_decided {
        return Ok(Placement::Accepted(claim));
    }
    let key = OrderKey { tenant: tenant.clone(), id: claim.order };
    let found = orders.find(&key).await.map_err(PlaceOrderError::Insert)?;
    let record = found.ok_or_else(|| {
        let source = "a claim is decided whose order is not stored".into();
        PlaceOrderError::Insert(PortError::Unreadable { dependency: "the orders", source })
    })?;
    if record.order().status() == Status::Rejected {
        return Err(PlaceOrderError::Rejected(
            record.order().reject_reason().unwrap_or(RejectReason::Unknown),
        ));
    }
    let order = record.as_created();
    Ok(Placement::Placed(PlacedOrder { order, is_replay: true, unpublished: None }))
}

/// Claim on the key, with its order.
enum Claimed {
    Won(Order),
    Replay(Order),
    Accepted(AcceptedClaim),
    KeyReused,
}

impl Claimed {
    fn of(claim: Claim, order: Order) -> Self {
        match claim {
            Claim::Won => Self::Won(order),
            Claim::Replay(earlier) => Self::Replay(earlier),
            Claim::Accepted(claim) => Self::Accepted(claim),
            Claim::KeyReused => Self::KeyReused,
        }
    }
}

impl From<Holder> for Claimed {
    fn from(holder: Holder) -> Self {
        match holder {
            Holder::Equal(order) => Self::Replay(order),
            Holder::Accepted(claim) => Self::Accepted(claim),
            Holder::Another => Self::KeyReused,
        }
    }
}

/// Order that a request proposes, apart from its prices.
struct Proposal {
    order_id: OrderId,
    number: Option<OrderNumber>,
    claim_ttl: Duration,
    payment_window: Option<Duration>,
}

impl Proposal {
    fn order(&self, request: NewOrder, key: &ClaimedKey<'_>, payment_due_at: Option<Timestamp>) -> Order {
        Order::place(request, key.tenant.clone(), self.order_id, key.at)
            .with_number(self.number)
            .with_payment_due_at(payment_due_at)
    }
}

/// Claims the key with an order at the prices of the catalog, and takes its stock. What the instance remembers of the products
/// is a guess that the claim verifies. No product is refused unless the key was free after, or when, the product was read:
/// the retry of an order whose product is archived by now is a replay.
async fn claim_with_stock(
    stock: &impl StockClaims,
    proposal: &Proposal,
    key: &ClaimedKey<'_>,
    request: &CatalogOrder,
) -> Result<Claimed, PlaceOrderError> {
    let products = request.products();
    let expires_at = key.at.after(proposal.claim_ttl.max(MIN_TTL_WITH_STOCK));
    let mut remembered = stock.remembered(key.tenant, &products);
    for _ in 0..MAX_PRICINGS {
        let (mut offers, is_read) = match remembered.take() {
            Some(offers) => (offers, false),
            None => match stock.look_up(key, &products).await.map_err(PlaceOrderError::Claim)? {
                LookUp::Claimed(holder) => return Ok(holder.into()),
                LookUp::Products(offers) => (offers, true),
            },
        };
        let priced = match request.priced(&offers) {
            Ok(priced) => priced,
            Err(refused) if is_read => {
                return match stock.holder(key).await.map_err(PlaceOrderError::Claim)? {
                    Some(holder) => Ok(holder.into()),
                    None => Err(PlaceOrderError::Products(refused)),
                };
            }
            Err(_) => continue,
        };
        let payment_due_at = payment_due_at(&priced, request, proposal.payment_window, key.at);
        let order = proposal.order(priced, key, payment_due_at);
        let claim = NewClaim { key: *key, order: &order, expires_at };
        match stock.claim_with_stock(&claim).await.map_err(PlaceOrderError::Claim)? {
            StockClaim::Won => return Ok(Claimed::Won(order)),
            StockClaim::Claimed(holder) => return Ok(holder.into()),
            StockClaim::Contended => return Err(PlaceOrderError::Contended),
            StockClaim::Refused(refused) => {
                let sellable = renew(&mut offers, refused);
                request.priced(&offers).map_err(PlaceOrderError::Products)?;
                refuse_shortage(request, &sellable).map_err(PlaceOrderError::Products)?;
                // The products were edited: the order is built again with what the refusal told.
                remembered = Some(offers);
            }
        }
    }
    Err(PlaceOrderError::Contended)
}

/// Takes over what a refusal tells about products; returns the units of each that can be sold.
pub(super) fn renew(offers: &mut Offers, refused: Vec<RefusedProduct>) -> HashMap<Sku, i64> {
    let mut sellable = HashMap::new();
    for RefusedProduct { sku, offer } in refused {
        match offer {
            Some((offer, units)) => {
                sellable.insert(sku.clone(), units);
                offers.insert(sku, offer);
            }
            None => drop(offers.remove(&sku)),
        }
    }
    sellable
}

pub(super) fn refuse_shortage(
    request: &CatalogOrder,
    sellable: &HashMap<Sku, i64>,
) -> Result<(), ProductsRefused> {
    let requested: HashMap<_, _> = request.products().into_iter().map(|it| (it.sku, it.units)).collect();
    let shortage = |item: &LineItem, _| {
        let (requested, available) = (requested[&item.sku], *sellable.get(&item.sku)?);
        (available < i64::from(requested)).then_some(Shortage { requested, available })
    };
    request.refuse(shortage, ProductsRefused::InsufficientStock)
}

/// Returns the time until which an order has to be paid; `None` for an order that costs nothing.
pub(super) fn payment_due_at(
    priced: &NewOrder,
    request: &CatalogOrder,
    usual: Option<Duration>,
    at: Timestamp,
) -> Option<Timestamp> {
    let window = match request.payment_window() {
        Some(window) => window.duration(),
        None => usual,
    };
    window.filter(|_| !priced.total().is_zero()).map(|window| at.after(window))
}

/// Stores a new order, with another number if its own is taken. Returns the stored order; `false` when an earlier attempt
/// has stored it. An order whose external id is taken is stored as rejected if it has stock, so that this is given back.
///
/// # Errors
///
/// [`PlaceOrderError`]; after any error the call may be repeated.
pub(super) async fn store_order(
    orders: &impl Orders,
    numbers: Option<&LeasedNumbers<impl OrderNumbers>>,
    mut record: OrderRecord,
) -> Result<(OrderRecord, bool), PlaceOrderError> {
    for _ in 0..MAX_NUMBERS {
        match orders.insert(&record).await.map_err(PlaceOrderError::Insert)? {
            Inserted::New if record.is_rejected() => return Err(PlaceOrderError::ExternalIdTaken),
            Inserted::New => return Ok((record, true)),
            Inserted::AlreadyThere(existing) if existing.is_rejected => {
                return Err(PlaceOrderError::ExternalIdTaken);
            }
            Inserted::AlreadyThere(existing) => return Ok((record.with_number(existing.number), false)),
            Inserted::ExternalIdTaken if record.order().has_products() => {
                record = record.rejected();
                continue;
            }
            Inserted::ExternalIdTaken => return Err(PlaceOrderError::ExternalIdTaken),
            Inserted::NumberTaken => {}
        }
        let tenant = record.order().tenant();
        let number = match numbers {
            Some(numbers) => {
                numbers.discard(tenant);
                Some(numbers.take(tenant).await.map_err(PlaceOrderError::Number)?)
            }
            None => None,
        };
        record = record.with_number(number);
    }
    let source = format!("{MAX_NUMBERS} numbers in a row belong to other orders").into();
    Err(PlaceOrderError::Number(PortError::Unavailable { dependency: "order numbers", source }))
}
