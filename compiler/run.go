package compiler

// checkRun tells what only fails, or is dropped, once a DAG runs.
func (c *compilation) checkRun(d *dagDecl) {
	templates := c.newTemplates(d)
	for _, t := range d.tasks {
		c.checkCall(t)
		templates.checkTask(t)
	}
}
