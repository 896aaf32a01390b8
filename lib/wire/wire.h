// Everything that crosses between hosts or is kept on disk: the protobuf schemas and the framing.
#pragma once

#include "wire/frame.h"
#include "wire/quiet.h"
