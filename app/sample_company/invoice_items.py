"""The items of the invoices: they add up to the invoice's amount before tax."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from app.sample_company.catalog import money
from app.sample_company.entities import Invoice, InvoiceItem, Sku
from app.sample_company.invoices import Bill, bills_of, restated
from app.sample_company.world import World

ROOM = 16
"""Ids of an invoice's items have room for so many; the last one is its adjustment's."""


def told_items(world: World, day: int) -> Iterator[InvoiceItem]:
    """The items of the bills of a day, with what was restated: it is the first line that was corrected."""
    rng = world.rng("invoice items", day)
    for bill in world.kept(bills_of, day):
        invoice = restated(world, bill)
        moved = invoice.sub_total - bill.invoice.sub_total
        for item in _items(world, bill, rng):
            if item.order == 1 and moved:
                yield item._replace(price=item.price + moved, total=item.total + moved, modified_on=invoice.modified_on)
            elif item.active != invoice.active:
                yield item._replace(active=invoice.active, modified_on=invoice.modified_on)
            else:
                yield item
        if bill.adjusts is not None:
            yield _adjusted(world, bill, bill.adjusts)


def _items(world: World, bill: Bill, rng: Random) -> Iterator[InvoiceItem]:
    """Work first, then material, then a discount; the work's price is what is left of the sum."""
    discount = int(bill.invoice.discount_total.scaleb(2))
    count, left, lines = int(rng.random() * 4), bill.cents + discount, []
    for _ in range(count):
        sku, quantity = world.materials[int(rng.random() * len(world.materials))], 1 + int(rng.random() * 3)
        price = int(sku.price.scaleb(2))
        if price * quantity < left // 3:
            lines.append((sku, quantity, price))
            left -= price * quantity
    work = world.services[int(rng.random() * len(world.services))]
    technician = world.technicians[int(rng.random() * len(world.technicians))].id
    yield _item(bill, 1, (work, "Service", 1, left), technician)
    for order, (sku, quantity, price) in enumerate(lines, start=2):
        yield _item(bill, order, (sku, "Material", quantity, price), technician)
    if discount:
        yield _item(bill, len(lines) + 2, (work, "PriceModifier", 1, -discount), None)._replace(sku_name="Discount", description="Discount")


def _item(bill: Bill, order: int, line: tuple[Sku, str, int, int], technician: int | None) -> InvoiceItem:
    sku, kind, quantity, cents = line
    cost = sku.cost if kind != "PriceModifier" else Decimal("0.00")
    invoice = bill.invoice
    return InvoiceItem(
        invoice.id * ROOM + order, invoice.id, sku.id, sku.code, f"{sku.name}\n{sku.description}", kind, Decimal(quantity), money(cents),
        money(cents * quantity), cost, cost * quantity, kind != "PriceModifier", invoice.business_unit_name, technician, order,
        invoice.invoice_date, invoice.created_on, invoice.created_on if invoice.active else invoice.modified_on, invoice.active,
    )  # fmt: skip


def _adjusted(world: World, bill: Bill, adjustment: Invoice) -> InvoiceItem:
    cents = int(adjustment.sub_total.scaleb(2))
    item = _item(bill, ROOM - 1, (world.services[0], "PriceModifier", 1, cents), None)
    at = adjustment.created_on
    return item._replace(invoice_id=adjustment.id, sku_name="Adjustment", description="Adjustment", created_on=at, modified_on=at)
