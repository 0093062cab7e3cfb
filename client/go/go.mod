module gobox/client

go 1.19
