"""Places, reads, changes and lists an order with the client generated from docs/openapi.json."""

import sys
import uuid

sys.path.insert(0, sys.argv[3])

import orders_client
from orders_client.exceptions import ApiException


def main(url: str, token: str) -> None:
    configuration = orders_client.Configuration(host=url, access_token=token)
    with orders_client.ApiClient(configuration) as client:
        api = orders_client.OrdersApi(client)
        item = orders_client.NewItem(sku="A1", qty=2, price="9.99")
        order = orders_client.NewOrder(customer_id="c-1", currency="USD", items=[item])
        key = str(uuid.uuid4())
        placed = api.create_order(idempotency_key=key, new_order=order)
        repeated = api.create_order(idempotency_key=key, new_order=order)
        assert (placed, placed.amount_total) == (repeated, "19.98"), repeated
        assert api.get_order(id=placed.order_id) == placed

        to_paid = orders_client.StatusChange(status="PAID")
        paid = api.change_order(id=placed.order_id, if_match="1", status_change=to_paid)
        assert (paid.status, paid.version) == ("PAID", 2), paid
        try:
            api.change_order(id=placed.order_id, if_match="1", status_change=to_paid)
        except ApiException as conflict:
            assert conflict.status == 409 and "version-conflict" in conflict.body, conflict
        else:
            raise AssertionError("the API accepted a stale version")

        page = api.list_orders(customer_id="c-1", status="PAID", limit=1)
        assert [listed.order_id for listed in page.items] == [placed.order_id], page
    print("the generated client placed, read, changed and listed an order")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
