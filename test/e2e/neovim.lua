-- Neovim as a language client: opens the file it was started on, waits for findings, applies the first code action
-- whose title has $TITLE to the first finding, and writes what it saw to $REPORT.
-- Everything used here is in Neovim 0.7.

local report = { before = {}, after = {} }
local buffer = vim.api.nvim_get_current_buf()

local function finish(problem)
  report.problem = problem
  vim.fn.writefile({ vim.json.encode(report) }, vim.env.REPORT)
  vim.cmd('qa!')
end

local function findings()
  local list = {}
  for _, found in ipairs(vim.diagnostic.get(buffer)) do
    table.insert(list, { code = found.code, message = found.message, line = found.lnum })
  end
  return list
end

local client = vim.lsp.start_client({
  name = 'batchwise',
  cmd = { vim.env.NODE, vim.env.SERVER, '--stdio' },
  root_dir = vim.fn.getcwd(),
})
vim.bo[buffer].filetype = 'yaml'
if not client or not vim.lsp.buf_attach_client(buffer, client) then return finish('The server did not start.') end
if not vim.wait(15000, function() return #findings() > 0 end, 20) then return finish('No finding came.') end
report.before = findings()

local found = vim.diagnostic.get(buffer)[1]
local range = {
  start = { line = found.lnum, character = found.col },
  ['end'] = { line = found.end_lnum, character = found.end_col },
}
local asked = {
  textDocument = vim.lsp.util.make_text_document_params(buffer),
  range = range,
  context = {
    diagnostics = { { range = range, message = found.message, source = found.source, code = found.code } },
  },
}
local answers = vim.lsp.buf_request_sync(buffer, 'textDocument/codeAction', asked, 10000)
local chosen
for _, action in ipairs(answers and answers[client] and answers[client].result or {}) do
  if not chosen and action.title:find(vim.env.TITLE, 1, true) then chosen = action end
end
if not chosen then return finish('No code action came.') end
report.title = chosen.title

-- A server may leave the edit out and work it out when the action is chosen.
if not chosen.edit then
  local resolved = vim.lsp.buf_request_sync(buffer, 'codeAction/resolve', chosen, 10000)
  chosen = resolved and resolved[client] and resolved[client].result or chosen
end
if not chosen.edit then return finish('The code action has no edit.') end
vim.lsp.util.apply_workspace_edit(chosen.edit, vim.lsp.get_client_by_id(client).offset_encoding)

local count = #report.before
vim.wait(10000, function() return #findings() < count end, 20)
report.after = findings()
vim.cmd('write!')
finish()
