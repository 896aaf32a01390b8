// What another host may hand over as an item of a mesh. The first byte says how the rest is taken: as a record's
// payload, as an item, or as a list of items. Whatever is taken in must come out again as it was.
#include <cstdint>
#include <cstdlib>

#include "mesh/item.h"
#include "mesh/record.h"

namespace {

using namespace smeg;

void payload(ByteView bytes) {
  const auto record = mesh::Record::decode(bytes);
  if (!record) return;
  const auto again = mesh::Record::decode(record->encode());
  if (!again || *again != *record) std::abort();
}

void item(ByteView bytes) {
  const auto decoded = mesh::decode_item(bytes);
  if (!decoded) return;
  const auto* record = std::get_if<mesh::SignedRecord>(&*decoded);
  if (!record) return;
  const auto again = mesh::decode_item(mesh::encode_item(*record));
  if (!again || std::get<mesh::SignedRecord>(*again) != *record) std::abort();
  (void)mesh::verify_record(*record, {});
  payload(record->payload);
}

void list(ByteView bytes) {
  const auto items = mesh::split_items(bytes);
  if (!items) return;
  for (const Bytes& one : *items) item(one);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ByteView rest(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0: payload(rest); break;
    case 1: item(rest); break;
    case 2: list(rest); break;
  }
  return 0;
}
