// How the values of that state machine are written.
#pragma once

#include "locks_wire.hpp"
