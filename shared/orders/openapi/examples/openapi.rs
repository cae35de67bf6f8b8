//! Prints the `OpenAPI` document: `make openapi` keeps it in docs/openapi.json.

fn main() {
    print!("{}", orders_openapi::text());
}
