//! Stories of administrators: coupons, zones, taxes.
