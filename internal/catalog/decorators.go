package catalog

import (
	"strings"
	"sync"

	"github.com/dagexport/dagexport/ir"
)

// Decorator is one of Airflow's decorators of TaskFlow.
type Decorator struct {
	Name  string     // "task", "task.branch"
	Since ir.Version // zero: every supported version has it

	Operator string // the operator of a provider whose template fields and extensions it has; "": it has none but those of the call

	own     []string // arguments of the decorator beside those of BaseOperator
	modules []string // below airflow.providers.standard.decorators and airflow.decorators, or whole ones
	class   string   // the private class of the operator that it makes
	make    string   // the function that the decorator is in its module
}

// Takes tells whether a name is an argument of the decorator itself, BaseOperator's left out; all others belong to the call.
func (d *Decorator) Takes(name string) bool {
	for _, own := range d.own {
		if own == name {
			return true
		}
	}
	return false
}

var (
	pythonOwn     = []string{"templates_dict", "templates_exts", "show_return_value_in_logs"}
	virtualenvOwn = append([]string{
		"requirements", "python_version", "serializer", "use_dill", "system_site_packages", "pip_install_options", "string_args", "expect_airflow",
		"skip_on_exit_code", "index_urls", "index_urls_from_connection_ids", "venv_cache_path", "env_vars", "inherit_env",
	}, pythonOwn...)
	externalOwn = append([]string{
		"python", "serializer", "use_dill", "string_args", "expect_airflow", "expect_pendulum", "skip_on_exit_code", "env_vars", "inherit_env",
	}, pythonOwn...)
)

// decorators are those of Airflow and of the providers whose decorators its documentation names. The arguments are those of
// the operators that they make, of every version together.
var decorators = []Decorator{
	{Name: "task", own: pythonOwn, modules: []string{"python"}, class: "_PythonDecoratedOperator", make: "python_task"},
	{Name: "task.branch", own: pythonOwn, modules: []string{"branch_python"}, class: "_BranchPythonDecoratedOperator", make: "branch_task"},
	{
		Name: "task.short_circuit", own: append([]string{"ignore_downstream_trigger_rules"}, pythonOwn...), modules: []string{"short_circuit"},
		class: "_ShortCircuitDecoratedOperator", make: "short_circuit_task",
	},
	{Name: "task.virtualenv", own: virtualenvOwn, modules: []string{"python_virtualenv"}, class: "_PythonVirtualenvDecoratedOperator", make: "virtualenv_task"},
	{Name: "task.external_python", own: externalOwn, modules: []string{"external_python"}, class: "_PythonExternalDecoratedOperator", make: "external_python_task"},
	{
		Name: "task.branch_virtualenv", own: virtualenvOwn, modules: []string{"branch_virtualenv"}, class: "_BranchPythonVirtualenvDecoratedOperator",
		make: "branch_virtualenv_task",
	},
	{
		Name: "task.branch_external_python", own: externalOwn, modules: []string{"branch_external_python"}, class: "_BranchExternalPythonDecoratedOperator",
		make: "branch_external_python_task",
	},
	{
		Name:    "task.sensor",
		own:     []string{"templates_dict", "poke_interval", "timeout", "soft_fail", "mode", "exponential_backoff", "max_wait", "silent_fail", "never_fail"},
		modules: []string{"sensor"}, class: "DecoratedSensorOperator", make: "sensor_task",
	},
	{
		Name: "task.bash", own: []string{"env", "append_env", "output_encoding", "skip_on_exit_code", "skip_exit_code", "cwd", "output_processor"},
		modules: []string{"bash"}, class: "_BashDecoratedOperator", make: "bash_task",
	},
	{Name: "task.stub", Since: v3_1, modules: []string{"stub"}, class: "_StubOperator", make: "stub"},
	{
		Name: "task.docker",
		own: []string{
			"image", "api_version", "container_name", "cpus", "docker_url", "environment", "private_environment", "env_file", "force_pull", "mem_limit",
			"host_tmp_dir", "network_mode", "tls_ca_cert", "tls_client_cert", "tls_client_key", "tls_verify", "tls_hostname", "tls_ssl_version",
			"mount_tmp_dir", "tmp_dir", "user", "mounts", "entrypoint", "working_dir", "xcom_all", "docker_conn_id", "dns", "dns_search", "auto_remove",
			"shm_size", "tty", "hostname", "privileged", "cap_add", "extra_hosts", "timeout",
			"device_requests", "log_opts_max_size", "log_opts_max_file", "ipc_mode", "skip_on_exit_code", "skip_exit_code", "port_bindings", "ulimits", "labels",
			"python_command", "expect_airflow", "serializer", "use_dill",
		},
		Operator: "airflow.providers.docker.operators.docker.DockerOperator",
		modules:  []string{"airflow.providers.docker.decorators.docker"}, class: "_DockerDecoratedOperator", make: "docker_task",
	},
	{
		Name: "task.kubernetes", own: append([]string{"use_dill", "node_selectors"}, podOwn...), modules: []string{"airflow.providers.cncf.kubernetes.decorators.kubernetes"},
		class: "_KubernetesDecoratedOperator", make: "kubernetes_task",
	},
	{
		Name: "task.kubernetes_cmd", own: append([]string{"args_only", "cmds"}, podOwn...), modules: []string{"airflow.providers.cncf.kubernetes.decorators.kubernetes_cmd"},
		class: "_KubernetesCmdDecoratedOperator", make: "kubernetes_cmd_task",
	},
	{
		Name: "task.pyspark", own: append([]string{"conn_id", "config_kwargs"}, pythonOwn...),
		modules: []string{"airflow.providers.apache.spark.decorators.pyspark"}, class: "_PySparkDecoratedOperator", make: "pyspark_task",
	},
}

var podOwn = []string{
	"kubernetes_conn_id", "namespace", "image", "name", "random_name_suffix", "ports", "volume_mounts", "volumes", "env_vars",
	"env_from", "secrets", "in_cluster", "cluster_context", "labels", "reattach_on_restart", "durable", "startup_timeout_seconds",
	"startup_check_interval_seconds", "schedule_timeout_seconds", "get_logs", "base_container_name", "base_container_status_polling_interval",
	"init_container_logs", "container_logs", "image_pull_policy", "annotations", "container_resources", "affinity", "config_file",
	"runtime_class_name", "node_selector", "image_pull_secrets", "service_account_name", "automount_service_account_token", "hostnetwork",
	"host_aliases", "tolerations", "security_context", "container_security_context", "xcom_sidecar_container_security_context", "dnspolicy",
	"dns_config", "hostname", "subdomain", "schedulername", "full_pod_spec", "init_containers", "log_events_on_failure", "log_events_on_startup",
	"pod_template_file", "pod_template_dict", "priority_class_name", "pod_runtime_info_envs", "termination_grace_period", "configmaps",
	"skip_on_exit_code", "deferrable", "poll_interval", "log_pod_spec_on_failure", "on_finish_action", "on_kill_action", "is_delete_operator_pod",
	"termination_message_policy", "active_deadline_seconds", "callbacks", "progress_callback", "logging_interval", "trigger_kwargs",
	"container_name_log_prefix_enabled", "log_formatter", "arguments",
}

// FindDecorator finds a decorator by a path that some version of Airflow has for it: airflow.sdk.task, airflow.decorators.task.branch,
// the private class of its operator, or the bare task.branch; nil when unknown. The result is shared: it must not be changed.
func FindDecorator(path string) *Decorator { return decoratorIndex()[path] }

// DecoratorNames lists the names of the decorators: task, task.branch and so on.
func DecoratorNames() []string {
	names := make([]string, len(decorators))
	for i := range decorators {
		names[i] = decorators[i].Name
	}
	return names
}

// CutTask splits a path of `task` or of an attribute of it; name is "task", or "task.x" for an attribute that nobody may know.
func CutTask(path string) (name string, ok bool) {
	for _, module := range []string{"", "airflow.sdk.", "airflow.decorators.", "airflow.sdk.definitions.decorators."} {
		if name, ok := strings.CutPrefix(path, module); ok && (name == "task" || strings.HasPrefix(name, "task.")) {
			return name, true
		}
	}
	return "", false
}

var decoratorIndex = sync.OnceValue(func() map[string]*Decorator {
	index := make(map[string]*Decorator, 12*len(decorators))
	for i := range decorators {
		d := &decorators[i]
		for _, module := range []string{"", "airflow.sdk.", "airflow.decorators.", "airflow.sdk.definitions.decorators."} {
			index[module+d.Name] = d
		}
		for _, module := range d.modules {
			paths := []string{module + "."}
			if !strings.HasPrefix(module, "airflow.") {
				paths = []string{"airflow.providers.standard.decorators." + module + ".", "airflow.decorators." + module + "."}
			}
			for _, path := range paths {
				index[path+d.class] = d
				index[path+d.make] = d
			}
		}
	}
	return index
})
