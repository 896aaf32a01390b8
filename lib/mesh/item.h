// One replicated thing of a mesh in its serialised form.
#pragma once

#include <variant>

#include "mesh/record.h"
#include "mesh/route.h"
#include "trust/trust.h"

namespace smeg::mesh {

using Item = std::variant<trust::Item, SignedRecord, SignedRoute>;

// Fails: too_large, malformed, unsupported (a kind of a later version), or as trust::Item::decode does. Says nothing
// about signatures, nor about what is inside a record.
Result<Item> decode_item(ByteView bytes);
Bytes encode_item(const trust::Item& item);
Bytes encode_item(const SignedRecord& record);
Bytes encode_item(const SignedRoute& route);

// Over everything in it: two records with one hash are the same bytes.
crdt::ContentHash content_hash(const SignedRecord& record);
crdt::ContentHash content_hash(const SignedRoute& route);

// The names of items in the index.
crdt::ItemKey item_key(const trust::ItemId& id);
crdt::ItemKey item_key(const crypto::IdentityKey& owner);
crdt::ItemKey item_key(const crypto::IdentityKey& owner, const addr::Prefix& prefix);

// A list of serialised items, as in the members file. split fails: malformed, unsupported (another format), too_large.
Bytes join_items(const std::vector<Bytes>& items);
Result<std::vector<Bytes>> split_items(ByteView list);

}  // namespace smeg::mesh
