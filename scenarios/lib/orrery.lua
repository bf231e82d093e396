---@meta
-- What a scenario and a node model written in Lua can call: for editors that complete and check
-- (LuaCATS, as lua-language-server reads it). Nothing here runs.
-- tests/script/test_script_annotations.c
-- compares it with the program, name by name, so that neither can drift.

---A duration: "5ms", "1.5s", or a number of ns.
---@alias duration string|integer
---A size: "200MB", or a number of bytes.
---@alias size string|integer
---A bandwidth: "1Gbit/s", "10MB/s", or a number of bytes per second.
---@alias bandwidth string|integer
---A ratio: "1%", "50ppm", or a number from 0 to 1.
---@alias ratio string|number
---A rate: "500/s", or a number per second.
---@alias rate string|number
---A duration, or a distribution of durations.
---@alias delay duration|distribution
---One node, its name, a list of nodes, or sim.all.
---@alias nodes node|string|(node|string)[]|lightuserdata

---@class distribution
---@class host

---------------------------------------------------------------------------------------------------
-- sim: the scenario's world
---------------------------------------------------------------------------------------------------

---@class sim
---@field all lightuserdata every node: for the knobs of sim.nodes, and as the target of a fault
---@field others lightuserdata every node of a sim.nodes call but the one that is made
sim = {}

---Parameters with their defaults; --set NAME=VALUE overrides one with a value of the same form.
---What
---comes back holds numbers in base units.
---@generic T
---@param defaults T
---@return T
function sim.params(defaults) end

---One sentence: what this scenario shows.
---@param sentence string
function sim.describe(sentence) end

---How long it runs, in virtual time. Usual: 60s.
---@param duration duration
function sim.run_for(duration) end

---The step of the series that plots are made of.
---@param step duration
function sim.sample(step) end

---@class clock_options
---@field offset? duration how far the wall clock is off at the start; "-5ms" too
---@field drift? ratio "20ppm": how much faster than true time both clocks run
---@field error? duration the bound that the time service states
---@field error_growth? ratio by how much that bound grows

---@class disk_options
---@field read? delay latency of a read
---@field write? delay latency of a write into the cache
---@field sync? delay latency of a sync
---@field bandwidth? bandwidth shared by all operations
---@field capacity? size
---@field crash? "all"|"prefix"|"any" what a power loss takes of writes not synced
---@field tears? boolean the last write kept may be cut at a sector
---@field keeps_dirty? boolean a failed sync keeps dirty pages; Linux drops them

---@class host_options
---@field name? string
---@field region? string
---@field zone? string
---@field rack? string
---@field cores? integer 0: as many as are wanted
---@field clock? clock_options
---@field disk? disk_options

---A host: nodes on it share its clock, disk and cores.
---@param options host_options
---@return host
function sim.host(options) end

---@class node_options: host_options
---@field host? host|string instead of one of its own
---@field bugs? string|string[] mistakes to switch on
---@field off? boolean made, but not powered on until node:restart()
---@field start? duration when it is powered on
---@field [string] any the model's knobs

---A node. The model is a C model's name, a Lua file beside the scenario, or a sim.model.
---@param name string
---@param model string
---@param options? node_options
---@return node
function sim.node(name, model, options) end

---Many nodes: sim.nodes("n", 3, model, options) or sim.nodes({ "a", "b" }, model, options). An
---option may
---be sim.all, sim.others, or a function(i, name) that gives each its value.
---@param names string|string[]
---@param count_or_model integer|string
---@param model_or_options? string|node_options
---@param options? node_options
---@return node[]
function sim.nodes(names, count_or_model, model_or_options, options) end

---A Lua model in the scenario's own file. The function uses no local of the scenario: it is run
---afresh
---at each start of each node.
---@param name string
---@param build fun(): model
---@return string name
function sim.model(name, build) end

---The node of that name.
---@param name string
---@return node
function sim.find(name) end

---@class link_options
---@field delay? delay
---@field bandwidth? bandwidth
---@field queue? size what may wait for the bandwidth; a datagram past it is dropped
---@field loss? ratio
---@field duplicate? ratio
---@field reorder? ratio
---@field reorder_by? duration at most
---@field corrupt? ratio
---@field deliver_corrupt? boolean else the checksum finds it, and it is dropped
---@field reset_after? duration how long a stream retransmits before it is reset
---@field oneway? boolean

---What is between nodes, both ways; what is left out stays as it was.
---@param from nodes
---@param to nodes
---@param options link_options
function sim.link(from, to, options) end

---What holds between all nodes that no sim.link names.
---@param options link_options
function sim.links(options) end

---What holds between two regions.
---@param from string
---@param to string
---@param options link_options
function sim.regions(from, to, options) end

---@class workload_options: node_options
---@field name? string
---@field target? nodes the server
---@field targets? nodes the server, and others to try
---@field clients? integer
---@field rate? rate open loop; without one the loop is closed
---@field think? duration closed loop: from an answer to the next question
---@field mix? string|table<string, ratio> "A" to "F" of YCSB, or { read = 0.9, update = 0.1 }
---@field keys? integer
---@field distribution? "by_mix"|"uniform"|"zipfian"|"sequential"|"latest"|"hotspot"
---@field value? size
---@field timeout? duration
---@field start? duration
---@field stop? duration
---@field users? integer open loop: an arrival is of one of so many, a session each; 0: of nobody
---@field read_from? nodes replicas, for reads and scans
---@field read_choice? "spread"|"sticky"|"round_robin" of them
---@field read_primary_after_write? duration a user reads from the target for so long after its last write
---@field wait_for_version? boolean a replica answers once it has what the user has written or read

---Clients: a node of the model `client`; every knob of it is an option.
---@param options workload_options
---@return node
function sim.workload(options) end

---@param time duration from the beginning
---@param call fun()
function sim.at(time, call) end

---@param delay duration from now
---@param call fun()
function sim.after(delay, call) end

---@param period duration
---@param call fun()
---@return timer
function sim.every(period, call) end

---Calls once, when the condition has come true; it is looked at after every event, and may only
---look.
---@param condition fun(): boolean
---@param call fun()
function sim.when(condition, call) end

---A function that may wait: sim.sleep, sim.wait, node:ask.
---@param run fun(...)
---@param ... any
function sim.spawn(run, ...) end

---@param delay duration
function sim.sleep(delay) end

---True when the condition came true, false when the time was up first.
---@param condition fun(): boolean
---@param timeout? duration
---@return boolean
function sim.wait(condition, timeout) end

---True time, in ns.
---@return integer
function sim.now() end

---True time, in seconds.
---@return number
function sim.time() end

---print, with the time in front.
---@param ... any
function sim.print(...) end

---@class fault_options
---@field lasts? duration else until it is healed
---@field oneway? boolean

---Nothing passes.
---@param from nodes
---@param to nodes
---@param options? fault_options
---@return fault
function sim.cut(from, to, options) end

---Cuts nodes off from all others: sim.isolate(a, b, { lasts = "5s" }).
---@param ... nodes|fault_options
---@return fault
function sim.isolate(...) end

---Nothing passes from one group to another: sim.partition({ a }, { b, c }, { lasts = "5s" }).
---@param ... nodes|fault_options
---@return fault
function sim.partition(...) end

---Ends all faults, or those between two nodes.
---@param a? nodes
---@param b? nodes
function sim.heal(a, b) end

---@param from nodes
---@param to nodes
---@param amount ratio
---@param options? fault_options
---@return fault
function sim.loss(from, to, amount, options) end

---@param from nodes
---@param to nodes
---@param amount ratio
---@param options? fault_options
---@return fault
function sim.duplicate(from, to, amount, options) end

---Option `by`: held back by at most this long.
---@param from nodes
---@param to nodes
---@param amount ratio
---@param options? fault_options|{ by?: duration }
---@return fault
function sim.reorder(from, to, amount, options) end

---Option `deliver`: past the checksum.
---@param from nodes
---@param to nodes
---@param amount ratio
---@param options? fault_options|{ deliver?: boolean }
---@return fault
function sim.corrupt(from, to, amount, options) end

---@param from nodes
---@param to nodes
---@param more duration
---@param options? fault_options
---@return fault
function sim.delay(from, to, more, options) end

---@param from nodes
---@param to nodes
---@param left bandwidth
---@param options? fault_options
---@return fault
function sim.congest(from, to, left, options) end

---A link that comes and goes: down for `down` of each `period`.
---@param from nodes
---@param to nodes
---@param options? fault_options|{ period?: duration, down?: duration }
function sim.flap(from, to, options) end

---Holds messages back, one way, until hold:release().
---@param from nodes
---@param to nodes
---@param options? fault_options|{ type?: string, channel?: string }
---@return fault
function sim.hold(from, to, options) end

---@class chaos_kind
---@field rate rate
---@field lasts? delay how long each lasts
---@field amount? any of what it does: one value, or { least, most }

---@class chaos_options
---@field name? string two storms of one name are alike
---@field from? duration
---@field to duration then all faults are healed
---@field nodes? nodes usual: all but clients
---@field down_max? integer so many nodes may be away at once; usual: fewer than half
---@field rate? rate of all kinds together, in equal shares
---@field kinds? string[] which; usual: those that a sound system survives without a loss
---@field [string] rate|chaos_kind a kind of fault: crash kill pause slow_cpu cut cut_one_way flap isolate partition loss duplicate reorder corrupt delay congest disk_slow disk_stuck disk_full write_fails sync_fails read_fails sync_lies bit_rot disk_lost clock_jump clock_drift clock_freeze clock_lie

---A storm of faults, drawn from the seed before the run; they are in faults.jsonl, and `--faults FILE`
---replays such a list in the storm's place.
---@param options chaos_options
function sim.chaos(options) end

---@class lab_options
---@field hand_in string the file that a student writes: a model, without a folder
---@field points { [1]: string, [2]: integer }[] what each law or expectation is worth

---This scenario is a lab, graded by `orrery grade DIR`.
---@param options lab_options
function sim.lab(options) end

---What the engine measures: "queue_bytes" of a pair, "disk_queue_ns" of a node, ...
---@param what string
---@param a node|string
---@param b? node|string
---@return integer?
function sim.measure(what, a, b) end

---A stream of random numbers of its own.
---@param name string
---@return rng
function sim.rng(name) end

---@class expect_options
---@field at? duration at that time
---@field by? duration at some moment until then
---@field always? boolean at every moment
---@field eventually? boolean at some moment
---@field from? duration not before (with by, always, eventually)
---@field every? duration how often it is looked at; usual: 10ms

---What must hold: at the end of the run, or as the options say. The function may only look; it
---answers
---true, or false and why.
---@param name string
---@param holds fun(): boolean, string?
---@param options? expect_options
function sim.expect(name, holds, options) end

---The scenario draws its faults from the seed: that one of them finds nothing to change is chance, and
---does not make the run inconclusive, as it would a fault that was written down on purpose.
function sim.random_faults() end

---This run passes only if that law is broken in it. The first breach ends the run, unless go_on is true.
---@param law string
---@param options? { go_on?: boolean }
function sim.demonstrates(law, options) end

---What clients saw in this run is judged at its end, as `orrery check` judges history.jsonl: "register", "cas-register",
---"kv" (linearizability), "session". With `demonstrates` this run passes only if it is found not valid. Where it is,
---check_NAME.svg in the run's folder shows why. `of`: clients whose operations are judged, where a world has systems
---that share nothing; usual: all.
---@param specification "register"|"cas-register"|"kv"|"session"
---@param options? { demonstrates?: boolean, of?: nodes }
function sim.check(specification, options) end

---A figure of this run: in the summary, in results.dat, and for sim.plot("results"). Also from an expectation.
---@param name string
---@param label string
---@param value number
function sim.result(name, label, value) end

---One more value of something that is measured again and again: all are in trials.dat for sim.plot("trials"), the
---summary has how many, the median, p90, p99 and the greatest.
---@param name string
---@param value number
function sim.trial(name, value) end

---@class fact
---@field name string
---@field node string
---@field group integer
---@field a integer
---@field b integer
---@field c integer
---@field time integer true time, in ns
---@field seq integer

---@alias judgement boolean|"held"|"broken"|"forgotten"|nil

---@class law
---@field name string
---@field says? string
---@field source? string
---@field reads string|string[] the facts it folds
---@field group? boolean one state for each group
---@field fold fun(state: table, fact: fact): judgement, string?
---@field finish? fun(state: table): judgement, string?

---A fold over the facts of all nodes; it may only look.
---@param law law
function sim.law(law) end

---A plot of plots/NAME.gp.
---@param name string
---@param options? table<string, any>
function sim.plot(name, options) end

---A span that plots shade: sim.mark(from, to, label), sim.mark(at, label) or sim.mark(label) for
---now.
---@param from duration|string
---@param to? duration|string
---@param label? string
function sim.mark(from, to, label) end

---In ns.
---@param duration duration
---@return integer
function sim.duration(duration) end

---In bytes.
---@param size size
---@return integer
function sim.bytes(size) end

---In bytes per second.
---@param bandwidth bandwidth
---@return integer
function sim.bandwidth(bandwidth) end

---A log position as PostgreSQL prints it: "0/3000060".
---@param lsn integer
---@return string
function sim.lsn(lsn) end

---@param ns integer
---@return string
function sim.format_ns(ns) end

---@param bytes integer
---@return string
function sim.format_bytes(bytes) end

---@param duration duration
---@return distribution
function sim.constant(duration) end

---@param least duration
---@param most duration
---@return distribution
function sim.uniform(least, most) end

---@param mean duration
---@param least? duration added to each
---@return distribution
function sim.exponential(mean, least) end

---Cut at 0.
---@param mean duration
---@param deviation duration
---@return distribution
function sim.normal(mean, deviation) end

---@param median duration
---@param p99 duration
---@return distribution
function sim.lognormal(median, p99) end

---@param least duration
---@param alpha number the smaller, the heavier the tail
---@return distribution
function sim.pareto(least, alpha) end

---Linear between neighbours of the samples.
---@param samples duration[]
---@return distribution
function sim.empirical(samples) end

---sim.mixture { { 0.9, "1ms" }, { 0.1, sim.pareto("10ms", 1.5) } }
---@param parts { [1]: number, [2]: delay }[]
---@return distribution
function sim.mixture(parts) end

---------------------------------------------------------------------------------------------------
-- node: what sim.node returns
---------------------------------------------------------------------------------------------------

---@class node
local node = {}

---@return string
function node:name() end

---The model's name.
---@return string
function node:model() end

---@return boolean
function node:up() end

---@return boolean
function node:paused() end

---How often it has been powered on.
---@return integer
function node:starts() end

---The model's own line about itself.
---@return string
function node:describe() end

---A view's rows, keyed by column; NULL is nil. None while it is down.
---@param name string
---@return table<string, any>[]
function node:view(name) end

---A probe of the model, or a measure of the engine; nil when there is no value.
---@param name string
---@return integer|boolean|string|nil
function node:probe(name) end

---Of a node in Lua: a copy of its fields; nil while it is down.
---@return table?
function node:state() end

---Its host's clocks now: { mono, wall, error }.
---@return { mono: integer, wall: integer, error: integer? }
function node:clock() end

---Asks it; the callback gets the reply, or nil and why. False and why when it is down.
---@param name string
---@param args? table<string, any>
---@param callback? fun(reply: any, why: string?)
---@return boolean, string?
function node:command(name, args, callback) end

---Asks it and waits, in sim.spawn: the reply, or nil and why ("timeout" when it never comes).
---@param name string
---@param args? table<string, any>
---@param timeout? duration usual: 10s
---@return any, string?
function node:ask(name, args, timeout) end

---The machine stops, and loses what was not synced (its disk says how much). With power = false, as kill().
---@param options? { power?: boolean } usual: true
function node:crash(options) end

---The process alone dies, as by kill -9: what it had written is still there, and its peers see a reset.
function node:kill() end

---@param after? duration
function node:restart(after) end

---As a garbage collection or a VM stop: nothing runs, time goes on.
---@param lasts? duration|fault_options
---@return fault
function node:pause(lasts) end

function node:resume() end

---@param left ratio of its host's speed
---@param options? fault_options
---@return fault
function node:slow_cpu(left, options) end

---@param times number slower
---@param options? fault_options
---@return fault
function node:disk_slow(times, options) end

---@param options? fault_options
---@return fault
function node:disk_stuck(options) end

---@param options? fault_options
---@return fault
function node:disk_full(options) end

---The next `count` writes fail, or all while it lasts.
---@param count? integer|fault_options
---@param options? fault_options
---@return fault
function node:fail_writes(count, options) end

---@param count? integer|fault_options
---@param options? fault_options
---@return fault
function node:fail_syncs(count, options) end

---@param count? integer|fault_options
---@param options? fault_options
---@return fault
function node:fail_reads(count, options) end

---Syncs are answered, and nothing is made durable.
---@param options? fault_options
---@return fault
function node:lying_syncs(options) end

---@param bits? integer
---@param options? { file?: integer }
function node:bit_rot(bits, options) end

---Every file is gone.
function node:lose_disk() end

---@param by duration both ways
function node:clock_jump(by) end

---@param by ratio both ways
---@param options? fault_options
---@return fault
function node:clock_drift(by, options) end

---@param options? fault_options
---@return fault
function node:clock_freeze(options) end

---@param bound duration that its time service states, whatever the truth
---@param options? fault_options
---@return fault
function node:clock_lie(bound, options) end

---------------------------------------------------------------------------------------------------
-- handles
---------------------------------------------------------------------------------------------------

---@class fault
local fault = {}
function fault:heal() end
---Of a hold: lets n messages go, oldest first; without n all, and ends the hold. How many went.
---@param count? integer
---@return integer
function fault:release(count) end

---@class timer
local timer = {}
function timer:stop() end

---@class rng
local rng = {}
---@param low integer
---@param high integer
---@return integer
function rng:int(low, high) end
---@param ratio ratio
---@return boolean
function rng:chance(ratio) end
---From 0 up to, but not, 1.
---@return number
function rng:number() end
---@generic T
---@param list T[]
---@return T
function rng:pick(list) end
---A new list.
---@generic T
---@param list T[]
---@return T[]
function rng:shuffle(list) end
---@param distribution delay
---@return integer
function rng:sample(distribution) end

---------------------------------------------------------------------------------------------------
-- A node model in Lua: what its file returns, and what its handlers are given
---------------------------------------------------------------------------------------------------

---@class model
---@field name? string usual: the file's
---@field summary? string
---@field knobs? table<string, any> by default, or { usual, unit, min, max, choices, doc }
---@field channels? (string|{ [1]: string, stream: boolean })[] usual: one of datagrams
---@field messages? (string|{ [1]: string, [2]: string|string[] })[] fixes numbers, layouts
---@field notes? string[] fixes numbers
---@field facts? (string|{ [1]: string, [2]: string })[]
---@field timers? string[] fixes numbers
---@field files? string[] fixes numbers
---@field lanes? string[] fixes numbers
---@field probes? table<string, fun(node: lua_node): any>
---@field views? table<string, { columns: any[], rows: fun(node: lua_node): table[] }>
---@field commands? table<string, table<string, any>> arguments with their defaults
---@field laws? law[]
---@field bugs? table<string, string>
---@field start? fun(node: lua_node, files: table<string, integer>)
---@field on_message? fun(node: lua_node, from: integer, type: string, message: any, call: any)
---@field on_timer? fun(node: lua_node, timer: string|integer)
---@field on_peer? fun(node: lua_node, peer: integer, channel: string, up: boolean)
---@field on_disk? fun(node: lua_node, answer: table)
---@field on_work? fun(node: lua_node, lane: string|integer, tag: integer)
---@field on_command? fun(node: lua_node, name: string, args: table, request: integer): any, string?
---@field on_malformed? fun(node: lua_node, from: integer, type: string)
---@field describe? fun(node: lua_node): string
---@field [string] any on_TYPE(node, from, message, call), and what the model keeps for itself

---A node, as its own code sees it. Its fields are its state: they are gone at a crash.
---@class lua_node
---@field id integer
---@field knobs table<string, any>
---@field bugs table<string, boolean>
---@field [string] any
local lua_node = {}

---@class send_options
---@field channel? string|integer
---@field bytes? size what the network carries, when that is more than the message

---@param to integer|string
---@param type string
---@param message? any
---@param options? send_options
function lua_node:send(to, type, message, options) end

---The same to each of them, but not to itself.
---@param to (integer|string)[]
---@param type string
---@param message? any
---@param options? send_options
function lua_node:broadcast(to, type, message, options) end

---Opens a stream; both sides get on_peer.
---@param to integer|string
---@param channel? string|integer
function lua_node:connect(to, channel) end

---@param to integer|string
---@param channel? string|integer
function lua_node:close(to, channel) end

---Calls model.on_TYPE there and waits for what it returns: that, or nil and "timeout".
---@param to integer|string
---@param type string
---@param message? any
---@param timeout? duration usual: 1s
---@return any, string?
function lua_node:rpc(to, type, message, timeout) end

---Answers a call later.
---@param call any what the handler was given last
---@param value any
function lua_node:answer(call, value) end

---Arms a timer; arming again replaces.
---@param timer string|integer
---@param delay duration
function lua_node:after(timer, delay) end

---At a reading of node:now().
---@param timer string|integer
---@param reading integer
function lua_node:arm(timer, reading) end

---At a reading of node:wall().
---@param timer string|integer
---@param reading integer
function lua_node:arm_wall(timer, reading) end

---@param timer string|integer
function lua_node:disarm(timer) end

---The monotonic clock, in ns.
---@return integer
function lua_node:now() end

---The wall clock, in ns, and the bound that the time service states, if it does.
---@return integer, integer?
function lua_node:wall() end

---What a time daemon tells its host's clock.
---@param how { step?: duration, rate?: ratio, error?: duration, error_growth?: ratio }
function lua_node:discipline(how) end

---Waits, as all that follow until node:spawn: other events are handled meanwhile.
---@param delay duration
function lua_node:sleep(delay) end

---Computes beside the node's events.
---@param lane string|integer
---@param duration duration
---@param options? { tag?: integer } then it does not wait, and on_work is called
function lua_node:work(lane, duration, options) end

---@param run fun(...)
---@param ... any
function lua_node:spawn(run, ...) end

---@param lane string|integer
---@param tag integer
function lua_node:cancel(lane, tag) end

---This step takes so long; its effects leave when it ends.
---@param duration duration
function lua_node:busy(duration) end

---@class disk_call
---@field tag? integer it does not wait, and on_disk is called
---@field quiet? boolean answered only if it fails

---At the file's end unless an offset is given; a value that is no string is written as bytes.
---@param file string|integer
---@param value any
---@param options? disk_call|{ offset?: integer, bytes?: size }
---@return integer? offset
---@return string? error
function lua_node:write(file, value, options) end

---@param file string|integer
---@param options? disk_call|{ offset?: integer, size?: integer }
---@return string? bytes
---@return string? error
function lua_node:read(file, options) end

---@param file string|integer
---@param options? disk_call
---@return boolean?, string?
function lua_node:sync(file, options) end

---Makes the names of new, removed and renamed files durable.
---@param options? disk_call
---@return boolean?, string?
function lua_node:sync_directory(options) end

---@param file string|integer
---@param size? integer
---@param options? disk_call
---@return boolean?, string?
function lua_node:truncate(file, size, options) end

---@param file string|integer
---@param options? disk_call
---@return boolean?, string?
function lua_node:remove(file, options) end

---@param file string|integer
---@param to string|integer
---@param options? disk_call
---@return boolean?, string?
function lua_node:rename(file, to, options) end

---A record with its length and checksum, at the file's end.
---@param file string|integer
---@param value any
---@param options? disk_call|{ bytes?: size }
---@return integer? offset
---@return string? error
function lua_node:append(file, value, options) end

---The values of all whole records, and where the torn tail begins.
---@param file string|integer
---@return any[]? records
---@return integer|string valid
function lua_node:records(file) end

---Why: cause -> decision. {} a number, {node}, {lsn}, {ns}, {bytes}, {hex}, {no|yes} a word.
---@param text string
---@param ... integer|boolean
function lua_node:note(text, ...) end

---What became true, for laws.
---@param name string
---@param group? integer
---@param a? integer
---@param b? integer
---@param c? integer
function lua_node:fact(name, group, a, b, c) end

---A client's operation begins, for the history; its number. `client` names who asks, by a number of
---the node's own: who has one operation open at most, and whose operations are one session.
---@param f string
---@param key? any
---@param value? any
---@param options? { client?: integer }
---@return integer
function lua_node:invoke(f, key, value, options) end

---`version` orders the writes of the system (an LSN, an index): of what an ok one has made or seen.
---@param operation integer
---@param outcome "ok"|"fail"|"info"
---@param value? any
---@param error? string
---@param options? { version?: integer }
function lua_node:returns(operation, outcome, value, error, options) end

---Answers a command later.
---@param request integer
---@param value? any
---@param why? string
function lua_node:reply(request, value, why) end

---The process ends itself.
---@param reason string
function lua_node:halt(reason) end

---As math.random, from the event's stream; durations too: node:random("150ms", "300ms").
---@param low? duration
---@param high? duration
---@return number
function lua_node:random(low, high) end

---@param ratio ratio
---@return boolean
function lua_node:chance(ratio) end

---@generic T
---@param list T[]
---@return T
function lua_node:pick(list) end

---@param distribution delay
---@return integer
function lua_node:sample(distribution) end

---@param id integer
---@return string
function lua_node:name_of(id) end

---@param name string
---@return integer
function lua_node:find(name) end
