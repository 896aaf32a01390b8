#include "wire/quiet.h"

#include <google/protobuf/stubs/logging.h>

namespace smeg::wire {

void silence_parser() { google::protobuf::SetLogHandler(nullptr); }

}  // namespace smeg::wire
