// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"github.com/google/uuid"
)

func main() { fmt.Println(uuid.NameSpaceDNS) }
