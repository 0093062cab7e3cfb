module example.com/module

go 1.19

require example.com/shout v1.0.0
