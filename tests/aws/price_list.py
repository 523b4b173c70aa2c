"""What the price list and RDS ask for, in the documented format, by hand; prices are made up."""

from __future__ import annotations

import json
from typing import Any

YEAR_SECONDS = 31_536_000


def listed(usagetype: str, dollars: str, unit: str = "Hrs", **given: Any) -> str:
    """A member of PriceList of GetProducts: a text of JSON. An empty date is not told."""
    about = {"usagetype": usagetype, "locationType": "AWS Region", "regionCode": "eu-west-1"}
    dimension = {
        "unit": unit,
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"${dollars} per {unit}",
        "pricePerUnit": {"USD": dollars},
    }
    reserved = {
        "priceDimensions": {"R": {"unit": "Hrs", "pricePerUnit": {"USD": "0.0000000001"}}},
        "termAttributes": {"LeaseContractLength": "1yr", "PurchaseOption": "All Upfront"},
    }
    return json.dumps(
        {
            "product": {
                "sku": f"SKU-{usagetype}",
                "productFamily": "Database Instance",
                "attributes": {**about, **given.get("attributes", {})},
            },
            "serviceCode": "AmazonRDS",
            "terms": {
                "OnDemand": {"T": {"priceDimensions": {"D": dimension}, "termAttributes": {}}},
                "Reserved": {"U": reserved},
            },
            "publicationDate": given.get("published", "2026-11-12T22:52:14Z"),
        }
    )


def offered(identifier: str = "438012d3-4052-4cc7-b2e3-8d3372e0e706", **given: Any) -> Any:
    """A member of DescribeReservedDBInstancesOfferings: a year without payment at once."""
    return {
        "ReservedDBInstancesOfferingId": identifier,
        "DBInstanceClass": "db.r7g.large",
        "Duration": YEAR_SECONDS,
        "FixedPrice": 0.0,
        "UsagePrice": 0.0,
        "CurrencyCode": "USD",
        "ProductDescription": "postgresql",
        "OfferingType": "No Upfront",
        "MultiAZ": False,
        "RecurringCharges": [
            {"RecurringChargeAmount": 0.2, "RecurringChargeFrequency": "Hourly"},
        ],
        **given,
    }
