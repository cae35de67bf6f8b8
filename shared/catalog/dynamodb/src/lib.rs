//! Products and their stock in DynamoDB.
//!
//! All items are in one table with the keys `pk` and `sk`:
//!
//! | item | `pk` | `sk` | attributes |
//! | --- | --- | --- | --- |
//! | product | `tenant#sku` | `product` | `product` (JSON), `version`, `is_active`, `is_archived`; unless it is archived, `listed` (the tenant) and `sku`, the keys of the index `by_tenant` |
//! | stock | `tenant#sku` | `stock#0` | `sellable`, `oversell_limit`, `reserved`, `committed`, `seq`; and of the product `name`, `price`, `currency`, `version`, `is_for_sale`, `is_archived`, so that one condition sees all, and `low_stock_at`, so that one image in the stream tells what buyers see |
//! | movement | `tenant#sku` | `movement#id` | `movement` (JSON) |
//! | reservation | `tenant#order#id` | `reservation` | `v`, `mode` (`sync` when it was made with the claim of the order, `async` when the order was accepted before), `lines` (`sku`, `held`, `committed`), `effects`; of a `sync` one `claim`, and until the order is known to be stored, `open` (`open#0` to `open#15`, `lost` when nobody has the order) and `open_since` (milliseconds; later once it could not be completed), the keys of the index `by_open`; once settled, `expires_at` |
//! | claim of a creation | `tenant` | `key#create#key` | `product` (JSON), `attempt`, `expires_at` |
//! | claim of an adjustment | `tenant` | `key#adjust#key` | `movement` (JSON), `attempt`, `expires_at` |
//!
//! A tenant and a sku have no `#`. `expires_at`, in whole seconds since the Unix epoch and of a claim an hour after its
//! end, is the TTL attribute of the table. A stock has no more than a kilobyte, however large its product is: every sale
//! writes it.

mod adjustments;
mod changes;
mod claim;
mod counts;
mod keys;
mod listings;
mod offer;
mod products;
mod reservations;
mod stock_item;
mod table;

pub use changes::change_of;
pub use offer::Offer;
pub use reservations::Taken;
pub use table::CatalogTable;
