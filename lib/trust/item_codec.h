// The protobuf forms of items, as they stand in a bundle. Used by this module's .cc files alone.
#pragma once

#include "trust/item.h"

namespace smeg::wire {
class Removal;
class RootStatement;
class RootStep;
}  // namespace smeg::wire

namespace smeg::trust {

void set_item(const Item::SignedStep& step, wire::RootStep& out);
void set_item(const Item::SignedStatement& statement, wire::RootStatement& out);
void set_item(const Item::SignedRemoval& removal, wire::Removal& out);
// Fail with malformed, too_large, invalid or unsupported.
Result<Item> get_item(const wire::RootStep& in);
Result<Item> get_item(const wire::RootStatement& in);
Result<Item> get_item(const wire::Removal& in);

}  // namespace smeg::trust
