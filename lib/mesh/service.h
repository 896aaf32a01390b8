// Services as they travel in a record and stand in a state file.
#pragma once

#include <span>
#include <vector>

#include "base/base.h"

namespace smeg::wire {
class RecordService;
}  // namespace smeg::wire

namespace smeg::mesh {

// Those of protocols that a later version may know are skipped; anything else that is wrong fails.
Result<std::vector<Service>> services_from_wire(std::span<const wire::RecordService* const> in);
void to_wire(const Service& service, wire::RecordService& out);

}  // namespace smeg::mesh
