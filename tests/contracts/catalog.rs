//! Contracts of the catalog: `Products`, `StockAdjustments` and the listings, which share a table.

use crate::{at, aws, tenant};
use catalog_domain::ports::{
    Adjusted, Changed, Created, MovementListing, ProductCreation, ProductListing, Products, StockAdjustment,
    StockAdjustments,
};
use catalog_domain::{
    Adjustment, CompareAndSet, Movement, MovementId, MovementQuery, Product, ProductDetails, ProductEdit,
    ProductKey, ProductQuery, Stock, StockChange, StockedProduct, UnitDelta, UnitPrice, Units,
};
use catalog_dynamodb::CatalogTable;
use kernel::{IdempotencyKey, Metadata, Patch, Tenant};
use orders_in_memory::InMemoryCatalog;
use orders_tests::{TestServers, fresh_key};

fn key() -> IdempotencyKey {
    fresh_key().parse().expect("a key")
}

fn units(number: i64) -> Units {
    Units::try_from(number).expect("units")
}

fn product(tenant: &Tenant, sku: &str) -> Product {
    let price = UnitPrice::new("6.9".parse().expect("a price"), "EUR".parse().expect("a currency"));
    let entry = ("shelf".parse().expect("a name"), "B 2".parse().expect("a value"));
    let details = ProductDetails {
        name: "Earl Grey".parse().expect("a name"),
        price: price.expect("one decimal"),
        is_active: true,
        metadata: Metadata::new([entry]).ok(),
        low_stock_at: Some(units(5)),
        oversell_limit: units(2),
    };
    let key = ProductKey { tenant: tenant.clone(), sku: sku.parse().expect("a sku") };
    Product::create(key, details, at(0))
}

/// Returns the creation of a product by an attempt of its own.
async fn create(store: &impl Products, product: &Product, key: &IdempotencyKey) -> Created {
    let creation = ProductCreation { product, key, attempt: &self::key(), expires_at: at(60) };
    store.create(&creation).await.expect("a response")
}

fn random_bytes() -> [u8; 10] {
    uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes")
}

async fn found(store: &impl Products, product: &Product) -> StockedProduct {
    store.find(&product.key).await.expect("a response").expect("the product")
}

async fn creating(store: &impl Products) {
    let (mine, other) = (tenant(&fresh_key()), tenant(&fresh_key()));
    let (tea, own_key) = (product(&mine, "TEA"), key());
    assert_eq!(store.find(&tea.key).await.expect("a response"), None);
    let create = async |product: &Product, key: &IdempotencyKey| create(store, product, key).await;
    let own = ProductCreation { product: &tea, key: &own_key, attempt: &key(), expires_at: at(60) };
    assert_eq!(store.create(&own).await.expect("a response"), Created::New);
    let stock = Stock { sellable: 2, oversell_limit: units(2), ..Stock::default() };
    assert_eq!(found(store, &tea).await, StockedProduct { product: tea.clone(), stock });
    assert_eq!(
        store.create(&own).await.expect("a response"),
        Created::New,
        "sent again after a lost response"
    );
    assert_eq!(
        create(&tea, &own_key).await,
        Created::Claimed(Box::new(tea.clone())),
        "in the same millisecond"
    );
    let later = Product { created_at: at(1), updated_at: at(1), ..tea.clone() };
    assert_eq!(create(&later, &own_key).await, Created::Claimed(Box::new(tea.clone())));
    assert_eq!(create(&product(&mine, "MUG"), &own_key).await, Created::Claimed(Box::new(tea.clone())));
    assert_eq!(create(&later, &key()).await, Created::SkuTaken);
    assert_eq!(create(&product(&other, "TEA"), &own_key).await, Created::New, "another tenant");
    // The claim has ended, and the sku is taken for ever.
    let after = Product { created_at: at(3_700), ..tea.clone() };
    assert_eq!(create(&after, &own_key).await, Created::SkuTaken);
}

async fn replacing(store: &(impl Products + StockAdjustments)) {
    let tea = product(&tenant(&fresh_key()), "TEA");
    create(store, &tea, &key()).await;
    let edit = ProductEdit {
        price: "7.25".parse().ok(),
        oversell_limit: Some(units(10)),
        metadata: Patch::Remove,
        ..ProductEdit::default()
    };
    let edited = tea.edited(edit, at(5)).expect("two decimals");
    let replace =
        async |before: &Product, after: &Product| store.replace(before, after).await.expect("a response");
    assert_eq!(replace(&tea, &edited).await, Changed::Changed);
    let stock = Stock { sellable: 10, oversell_limit: units(10), seq: 1, ..Stock::default() };
    assert_eq!(found(store, &tea).await, StockedProduct { product: edited.clone(), stock });
    assert_eq!(replace(&tea, &edited).await, Changed::VersionConflict, "an old version");

    let sold = movement(&tea, StockChange::Delta(UnitDelta::try_from(-4).expect("a change")), 0);
    assert_eq!(adjust(store, &sold, None, &key()).await, Adjusted::Adjusted);
    let limited = |limit| {
        edited.edited(ProductEdit { oversell_limit: Some(units(limit)), ..ProductEdit::default() }, at(6))
    };
    let (too_low, enough) = (limited(3).expect("an edit"), limited(4).expect("an edit"));
    assert_eq!(replace(&edited, &too_low).await, Changed::Oversold);
    assert_eq!(replace(&edited, &enough).await, Changed::Changed);
    assert_eq!(found(store, &tea).await.stock.sellable, 0);
    assert_eq!(replace(&enough, &enough.archived(at(7))).await, Changed::Changed);
    let unknown = product(&tenant(&fresh_key()), "TEA");
    assert_eq!(replace(&unknown, &unknown.archived(at(7))).await, Changed::VersionConflict);
    let archived = found(store, &tea).await.product;
    assert_eq!(
        replace(&archived, &archived.archived(at(8))).await,
        Changed::VersionConflict,
        "archived once"
    );
}

fn movement(product: &Product, change: StockChange, number: u8) -> Movement {
    let request = Adjustment { change, reason: "counted".parse().expect("a reason") };
    let at = at(i64::from(number));
    Movement { id: MovementId::v7(at, random_bytes()), product: product.key.clone(), request, at }
}

fn delta(number: i64) -> StockChange {
    StockChange::Delta(UnitDelta::try_from(number).expect("a change"))
}

async fn adjust(
    store: &impl StockAdjustments,
    movement: &Movement,
    expected: Option<Stock>,
    key: &IdempotencyKey,
) -> Adjusted {
    let adjustment = StockAdjustment { movement, expected, key, expires_at: at(60) };
    store.adjust(&adjustment).await.expect("a response")
}

async fn adjusting(store: &(impl Products + StockAdjustments)) {
    let mine = tenant(&fresh_key());
    let tea = product(&mine, "TEA");
    create(store, &tea, &key()).await;
    let (received, own_key) = (movement(&tea, delta(20), 0), key());
    assert_eq!(adjust(store, &received, None, &own_key).await, Adjusted::Adjusted);
    let stock = Stock { sellable: 22, oversell_limit: units(2), seq: 1, ..Stock::default() };
    assert_eq!(found(store, &tea).await.stock, stock);
    assert_eq!(
        adjust(store, &received, None, &own_key).await,
        Adjusted::Adjusted,
        "our own write, sent again"
    );
    let again = movement(&tea, delta(20), 1);
    let earlier = Adjusted::Claimed(Box::new(received.clone()));
    assert_eq!(adjust(store, &again, None, &own_key).await, earlier);
    assert_eq!(found(store, &tea).await.stock, stock, "counted once");

    let refused = movement(&tea, delta(-23), 2);
    assert_eq!(adjust(store, &refused, None, &key()).await, Adjusted::Refused(Some(stock)));
    let set = StockChange::Set(CompareAndSet::new(units(25), 20).expect("a change"));
    let counted = movement(&tea, set, 3);
    for other in [Stock { sellable: 21, ..stock }, Stock { oversell_limit: units(3), ..stock }] {
        assert_eq!(adjust(store, &counted, Some(other), &key()).await, Adjusted::Refused(Some(stock)));
    }
    assert_eq!(adjust(store, &counted, Some(stock), &key()).await, Adjusted::Adjusted);
    assert_eq!(found(store, &tea).await.stock.available(), 25);

    // A delivery to a product that may be oversold without end is counted.
    let most = i64::from(Units::MAX);
    let jug = product(&mine, "JUG");
    let details = ProductDetails { oversell_limit: units(most), ..jug.details.clone() };
    let jug = Product { details, ..jug };
    create(store, &jug, &key()).await;
    assert_eq!(adjust(store, &movement(&jug, delta(most), 4), None, &key()).await, Adjusted::Adjusted);
    let full = found(store, &jug).await.stock;
    assert_eq!((full.available(), full.sellable), (most, Stock::MAX_SELLABLE));
    assert_eq!(
        adjust(store, &movement(&jug, delta(1), 4), None, &key()).await,
        Adjusted::Refused(Some(full))
    );

    let unknown = movement(&product(&mine, "MUG"), delta(1), 4);
    assert_eq!(adjust(store, &unknown, None, &key()).await, Adjusted::Refused(None));
    store.replace(&tea, &tea.archived(at(5))).await.expect("a response");
    assert_eq!(adjust(store, &movement(&tea, delta(1), 6), None, &key()).await, Adjusted::Refused(None));
}

async fn listing(store: &(impl Products + StockAdjustments + ProductListing + MovementListing)) {
    let (mine, other) = (tenant(&fresh_key()), tenant(&fresh_key()));
    for sku in ["b", "A", "c"] {
        create(store, &product(&mine, sku), &key()).await;
    }
    create(store, &product(&other, "a"), &key()).await;
    let archived = product(&mine, "d");
    create(store, &archived, &key()).await;
    store.replace(&archived, &archived.archived(at(1))).await.expect("a response");
    let query = |limit: &str| ProductQuery {
        tenant: mine.clone(),
        is_active: None,
        after: None,
        limit: limit.parse().expect("a size"),
    };
    let page = store.products(&query("2")).await.expect("a page");
    let skus = |page: &[Product]| page.iter().map(|it| it.key.sku.to_string()).collect::<Vec<_>>();
    assert_eq!((skus(&page.items), page.next_after.is_some()), (vec!["A".to_owned(), "b".to_owned()], true));
    let rest = store.products(&ProductQuery { after: page.next_after, ..query("2") }).await.expect("a page");
    assert_eq!((skus(&rest.items), rest.next_after), (vec!["c".to_owned()], None));
    let inactive = store.products(&ProductQuery { is_active: Some(false), ..query("2") }).await;
    assert_eq!(inactive.expect("a page").items, []);

    let tea = product(&mine, "c");
    let mut made: Vec<_> =
        (0..5).map(|number| movement(&tea, delta(1 + i64::from(number)), number)).collect();
    for movement in &made {
        assert_eq!(adjust(store, movement, None, &key()).await, Adjusted::Adjusted);
    }
    made.reverse();
    let mut query = MovementQuery { product: tea.key, after: None, limit: "2".parse().expect("a size") };
    let mut seen = Vec::new();
    loop {
        let page = store.movements(&query).await.expect("a page");
        seen.extend(page.items);
        query.after = page.next_after;
        if query.after.is_none() {
            break;
        }
    }
    assert_eq!(seen, made, "newest first");
}

#[tokio::test]
async fn dynamodb_keeps_the_contract() {
    let store = CatalogTable::new(&aws(), TestServers::shared().catalog_table.clone());
    creating(&store).await;
    replacing(&store).await;
    adjusting(&store).await;
    listing(&store).await;
}

#[tokio::test]
async fn memory_keeps_the_contract() {
    let store = InMemoryCatalog::default();
    creating(&store).await;
    replacing(&store).await;
    adjusting(&store).await;
    listing(&store).await;
}
