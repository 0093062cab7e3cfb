// An implementation of Conway's Game of Life. A form feed clears the screen.
package main

import (
	"fmt"
	"math/rand"
	"strings"
	"time"
)

const width, height = 48, 18

type field [height][width]bool

func (f *field) alive(x, y int) int {
	if f[(y+height)%height][(x+width)%width] {
		return 1
	}
	return 0
}

func (f *field) next() *field {
	var out field
	for y := 0; y < height; y++ {
		for x := 0; x < width; x++ {
			neighbours := -f.alive(x, y)
			for dy := -1; dy <= 1; dy++ {
				for dx := -1; dx <= 1; dx++ {
					neighbours += f.alive(x+dx, y+dy)
				}
			}
			out[y][x] = neighbours == 3 || neighbours == 2 && f[y][x]
		}
	}
	return &out
}

func (f *field) String() string {
	var text strings.Builder
	for _, row := range f {
		for _, alive := range row {
			if alive {
				text.WriteByte('*')
			} else {
				text.WriteByte(' ')
			}
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func main() {
	life := new(field)
	for i := 0; i < width*height/4; i++ {
		life[rand.Intn(height)][rand.Intn(width)] = true
	}
	for i := 0; i < 60; i++ {
		fmt.Print("\x0c", life)
		life = life.next()
		time.Sleep(time.Second / 20)
	}
}
