package standalone

import (
	"net"
	"strconv"
)

// free tells whether nobody listens on a port of this machine.
func free(port int) bool {
	if port <= 0 {
		return false
	}
	for _, host := range []string{"127.0.0.1", ""} { // "": all addresses, as the log servers listen
		listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err != nil {
			return false
		}
		_ = listener.Close()
	}
	return true
}

// pick keeps the ports of the last time where they are free, the usual ones of Airflow the first time, and takes others
// where somebody has those.
func pick(last ports) (ports, error) {
	var listeners []net.Listener
	defer func() {
		for _, l := range listeners {
			_ = l.Close()
		}
	}()
	next := last
	for _, one := range []struct {
		port  *int
		usual int
	}{{&next.Web, 8080}, {&next.Worker, 8793}, {&next.Triggerer, 8794}} {
		if *one.port == 0 {
			*one.port = one.usual
		}
		if free(*one.port) {
			continue
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0") // held until all are found, so that none is found twice
		if err != nil {
			return ports{}, err
		}
		listeners = append(listeners, listener)
		*one.port = listener.Addr().(*net.TCPAddr).Port
	}
	return next, nil
}
