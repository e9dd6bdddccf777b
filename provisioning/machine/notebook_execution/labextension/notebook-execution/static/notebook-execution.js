/*
 * JupyterLab's part of the execution on the server's side, as a prebuilt extension without a build:
 * JupyterLab calls `init` with the modules that it shares, and then `get` (webpack, module
 * federation). The server writes outputs, counts and states of cells into the shared document; this
 * file asks the server to run cells, and draws the box for `input()`.
 */
(() => {
  'use strict';

  const INPUT_TYPE = 'application/vnd.notebook-bot.input+json';
  const GONE = 410;
  let shared = {};

  /** Return a module that JupyterLab has loaded already. */
  async function load(name) {
    const versions = Object.values(shared[name] || {});
    const version = versions.find(each => each.loaded) || versions[0];
    if (!version) {
      throw new Error(`JupyterLab does not share ${name}`);
    }
    return (await version.get())();
  }

  /** Send a request to the server; throw its reason if it refuses. */
  async function send(services, coreutils, path, body) {
    const settings = services.ServerConnection.makeSettings();
    const url = coreutils.URLExt.join(settings.baseUrl, 'api/kernels', path);
    const init = { method: 'POST', body: JSON.stringify(body) };
    const response = await services.ServerConnection.makeRequest(url, init, settings);
    if (!response.ok) {
      throw new services.ServerConnection.ResponseError(response, response.statusText);
    }
  }

  /**
   * Collects the cells that are run in the same moment ("Run All"), and sends them as one request,
   * so that they keep their order and are all in the queue before the page can be closed.
   */
  class Requests {
    constructor(post) {
      this._post = post;
      this._open = new Map();
      this._last = Promise.resolve();
    }

    run(kernel, document, recordTiming, cell) {
      const key = JSON.stringify([kernel, document, recordTiming]);
      if (!this._open.has(key)) {
        const cells = [];
        const sent = this._last.then(() => {
          this._open.delete(key);
          return this._post(`${kernel}/execute`, {
            document_id: document,
            record_timing: recordTiming,
            cells
          });
        });
        this._last = sent.catch(() => undefined);
        this._open.set(key, { cells, sent });
      }
      const { cells, sent } = this._open.get(key);
      cells.push(cell);
      return sent;
    }
  }

  /** Resolve when the server has ended the cell: whether it ended without an error. */
  function ended(cell) {
    const model = cell.model.sharedModel;
    let settle = () => undefined;
    const stop = () => settle(false);
    const result = new Promise(resolve => {
      settle = resolve;
    });
    const look = (_, change) => {
      if (change.executionStateChange && change.executionStateChange.newValue === 'idle') {
        const outputs = model.getOutputs();
        settle(model.execution_count !== null && !outputs.some(each => each.output_type === 'error'));
      }
    };
    model.changed.connect(look);
    cell.disposed.connect(stop);
    result.then(() => {
      model.changed.disconnect(look);
      cell.disposed.disconnect(stop);
    });
    return { result, stop };
  }

  /** Wait until this page has heard that another page has shut the kernel down or changed it. */
  async function heardOfEnd(sessionContext, id) {
    for (let look = 0; look < 20; look++) {
      await sessionContext.sessionManager.refreshRunning();
      const kernel = sessionContext.session && sessionContext.session.kernel;
      if (!kernel || kernel.id !== id) {
        return;
      }
      await new Promise(resolve => setTimeout(resolve, 500));
    }
  }

  /** Return an executor of cells that has the server run what is in a shared document. */
  function executor(notebooks, requests, showErrorMessage) {
    return {
      async runCell(options) {
        const { cell, notebook, notebookConfig, sessionContext } = options;
        const document = notebook.sharedModel.getState('document_id');
        const code = cell.model.sharedModel.getSource();
        const isCode = cell.model.type === 'code' && code.trim();
        if (!isCode || !sessionContext || sessionContext.isTerminating || !document) {
          return notebooks.runCell(options);
        }
        if (sessionContext.hasNoKernel) {
          const select = await sessionContext.startKernel();
          if (select && options.sessionDialogs) {
            await options.sessionDialogs.selectKernel(sessionContext);
          }
        }
        const kernel = sessionContext.session && sessionContext.session.kernel;
        if (!kernel) {
          return notebooks.runCell(options);
        }
        cell.outputHidden = false;
        cell.model.trusted = true;
        const end = ended(cell);
        const request = { cell_id: cell.model.sharedModel.getId(), code };
        options.onCellExecutionScheduled({ cell });
        try {
          await requests.run(kernel.id, document, !!notebookConfig.recordTiming, request);
        } catch (error) {
          end.stop();
          if (error.response && error.response.status === GONE && !options.isAgain) {
            await heardOfEnd(sessionContext, kernel.id);
            return this.runCell({ ...options, isAgain: true });
          }
          options.onCellExecuted({ cell, success: false });
          await showErrorMessage('The cell was not run', error);
          return false;
        }
        const success = await end.result;
        options.onCellExecuted({ cell, success });
        return success;
      }
    };
  }

  /** Return a class of renderers that show a box for `input()`. */
  function inputBox(Widget, post) {
    return class extends Widget {
      constructor() {
        super();
        this.addClass('jp-Stdin');
        this.addClass('jp-RenderedInput');
      }

      async renderModel(model) {
        const asked = model.data[INPUT_TYPE];
        const prompt = document.createElement('pre');
        prompt.className = 'jp-Stdin-prompt';
        prompt.textContent = asked.prompt;
        const input = document.createElement('input');
        input.className = 'jp-Stdin-input';
        input.type = asked.secret ? 'password' : 'text';
        input.setAttribute('aria-label', asked.prompt || 'Input');
        input.autocomplete = 'off';
        input.addEventListener('keydown', event => {
          if (event.key === 'Enter' && !event.isComposing) {
            event.preventDefault();
            this._answer(asked, input, prompt);
          }
        });
        this.node.replaceChildren(prompt, input);
        this._input = input;
        this._focus();
      }

      onAfterAttach(message) {
        super.onAfterAttach(message);
        this._focus();
      }

      /** Take the keyboard, unless this person writes elsewhere. */
      _focus() {
        const active = document.activeElement;
        const writes = active && active.closest('input, textarea, [contenteditable="true"]');
        if (this._input && this.isAttached && !writes) {
          this._input.focus({ preventScroll: true });
        }
      }

      async _answer(asked, input, prompt) {
        input.disabled = true;
        try {
          await post(`${asked.kernel}/input`, { question: asked.question, value: input.value });
        } catch (error) {
          prompt.textContent = `${asked.prompt} (${error.message})`;
          input.disabled = false;
        }
      }
    };
  }

  async function plugins() {
    const names = ['apputils', 'coreutils', 'notebook', 'rendermime', 'services'];
    const [apputils, coreutils, notebooks, rendermime, services] = await Promise.all(
      names.map(name => load(`@jupyterlab/${name}`))
    );
    const { Widget } = await load('@lumino/widgets');
    const post = (path, body) => send(services, coreutils, path, body);
    const Box = inputBox(Widget, post);
    return [
      {
        id: 'notebook-execution:executor',
        description: 'Has the server run the cells.',
        autoStart: true,
        provides: notebooks.INotebookCellExecutor,
        activate: () => executor(notebooks, new Requests(post), apputils.showErrorMessage)
      },
      {
        id: 'notebook-execution:input',
        description: 'Shows a box for input() in every page.',
        autoStart: true,
        requires: [rendermime.IRenderMimeRegistry],
        activate: (_, registry) => {
          registry.addFactory(
            { safe: true, mimeTypes: [INPUT_TYPE], createRenderer: () => new Box() },
            0
          );
        }
      }
    ];
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB['notebook-execution'] = {
    init: scope => {
      shared = scope;
    },
    get: async () => {
      const found = { __esModule: true, default: await plugins() };
      return () => found;
    }
  };
})();
