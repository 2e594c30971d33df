package task

import (
	"slices"

	"github.com/dagexport/dagexport/ir"
)

// The works of operators of providers, which run with and without an Airflow.
const (
	QuerySQL  Work = "sql"        // by the real operator where the interpreter has it and the hook of the connection
	CallHTTP  Work = "http"       // by the real operator where the interpreter has it
	SenseHTTP Work = "sense_http" // always without it, so that it waits as other sensors do

	// RunContainer runs a container by the docker command; by the real operator only what that cannot do.
	RunContainer Work = "docker"
)

// provided says which operators of providers run without an Airflow, by the path of their class.
var provided = map[string]*Provided{
	"airflow.providers.common.sql.operators.sql.SQLExecuteQueryOperator": {
		Work: QuerySQL, Package: "apache-airflow-providers-common-sql",
		takes: []string{"sql", "conn_id", "database", "autocommit", "parameters", "handler", "split_statements", "return_last", "show_return_value_in_logs",
			"requires_result_fetch", "retry_on_failure"},
		others: []string{"hook_params", "output_processor"},
	},
	"airflow.providers.http.operators.http.HttpOperator": {
		Work: CallHTTP, Package: "apache-airflow-providers-http",
		takes: []string{"http_conn_id", "endpoint", "method", "data", "headers", "response_check", "response_filter", "extra_options", "log_response",
			"tcp_keep_alive", "tcp_keep_alive_idle", "tcp_keep_alive_count", "tcp_keep_alive_interval", "deferrable", "warn_on_non_idempotent"},
		others: []string{"pagination_function", "auth_type", "request_kwargs", "retry_args"},
	},
	"airflow.providers.http.sensors.http.HttpSensor": {
		Work: SenseHTTP, Package: "apache-airflow-providers-http",
		takes: []string{"http_conn_id", "endpoint", "method", "request_params", "headers", "response_error_codes_allowlist", "response_check",
			"extra_options", "tcp_keep_alive", "tcp_keep_alive_idle", "tcp_keep_alive_count", "tcp_keep_alive_interval", "deferrable"},
		others: []string{"request_kwargs"},
	},
	"airflow.providers.docker.operators.docker.DockerOperator": {
		Work: RunContainer, Package: "apache-airflow-providers-docker", ours: true,
		takes: containerArgs, others: []string{"docker_conn_id", "device_requests"},
	},
}

// containerArgs are the arguments of DockerOperator that are followed by the docker command.
var containerArgs = []string{
	"image", "api_version", "command", "container_name", "cpus", "docker_url", "environment", "private_environment", "env_file", "force_pull",
	"mem_limit", "host_tmp_dir", "network_mode", "tls_ca_cert", "tls_client_cert", "tls_client_key", "tls_verify", "tls_hostname", "tls_ssl_version",
	"mount_tmp_dir", "tmp_dir", "user", "mounts", "entrypoint", "working_dir", "xcom_all", "dns", "dns_search", "auto_remove", "shm_size", "tty",
	"hostname", "privileged", "cap_add", "extra_hosts", "retrieve_output", "retrieve_output_path", "timeout", "log_opts_max_size", "log_opts_max_file",
	"ipc_mode", "skip_on_exit_code", "port_bindings", "ulimits", "labels",
}

// decoratedContainer is @task.docker, which the docker command alone runs here.
var decoratedContainer = &Provided{
	Work: RunContainer, ours: true, others: []string{"docker_conn_id", "device_requests"},
	takes: append([]string{"python_command", "expect_airflow", "serializer", "use_dill", "multiple_outputs"}, containerArgs...),
}

// Provided is an operator of a provider that runs without an Airflow.
type Provided struct {
	Work    Work
	Package string // the distribution of its provider; "": no real operator does it here

	ours   bool     // the real operator does only what is not followed without it
	takes  []string // its arguments that are followed without an Airflow
	others []string // those that are not
}

// ProvidedOf is what is known of the operator of a task; nil for one that only an Airflow runs, or that needs none.
func ProvidedOf(t *ir.Task) *Provided {
	switch op := t.Op.(type) {
	case *ir.Generic:
		return provided[t.Class.Path()]
	case *ir.Decorated:
		if decorators[op.Decorator.Name] == RunContainer && op.Decorator.Module == "" {
			return decoratedContainer
		}
	}
	return nil
}

// NeedsReal tells whether the real operator runs a call where it is there: any but those that are followed without it as well.
func (o *Provided) NeedsReal(c *Call) bool { return !o.ours || o.Beyond(c) != nil }

// ProvidedPackages are the distributions of all such operators.
func ProvidedPackages() []string {
	var all []string
	for _, o := range provided {
		if o.Package != "" && !slices.Contains(all, o.Package) {
			all = append(all, o.Package)
		}
	}
	slices.Sort(all)
	return all
}

// Beyond is the first argument of a call that is followed only by the real operator; nil: there is none.
func (o *Provided) Beyond(c *Call) *ir.Arg {
	for i, a := range c.Options {
		if slices.Contains(o.others, a.Name) && !empty(a.Value) {
			return &c.Options[i]
		}
	}
	if o.Work == RunContainer {
		return beyondDocker(c)
	}
	return nil
}

// empty tells whether a value says nothing: None, False, or a collection without items.
func empty(v ir.Value) bool {
	switch v := v.(type) {
	case *ir.Null:
		return true
	case *ir.Bool:
		return !v.V
	case *ir.Map:
		return len(v.Entries) == 0
	case *ir.List:
		return len(v.Items) == 0
	}
	return v == nil
}

// call is the call of a task with such an operator. Of default_args it takes the operator's own as its options: they are
// template fields too.
func (o *Provided) call(p *ir.Pipeline, t *ir.Task) *Call {
	c := &Call{Work: o.Work, Module: t.Class.Module, Class: t.Class.Name, Options: slices.Clone(t.Args), Defaults: Defaults(p, t)}
	sensor := []string{"poke_interval", "timeout", "mode", "soft_fail", "silent_fail", "never_fail", "exponential_backoff", "max_wait"}
	for _, a := range c.Defaults {
		own := slices.Contains(o.takes, a.Name) || slices.Contains(o.others, a.Name) || o.Work.Senses() && slices.Contains(sensor, a.Name)
		if own && ir.Lookup(c.Options, a.Name) == nil {
			c.Options = append(c.Options, a)
		}
	}
	if o.Work == RunContainer {
		plainContainer(c)
	}
	return c
}
