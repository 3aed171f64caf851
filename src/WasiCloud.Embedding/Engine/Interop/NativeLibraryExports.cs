namespace WasiCloud.Embedding.Engine.Interop;

/// <summary>The functions of the native library that are called from here. A test compares this list with the declarations.</summary>
internal static class NativeLibraryExports
{
    internal static readonly string[] All =
    [
        "wasm_byte_vec_delete", "wasm_config_delete", "wasm_config_new", "wasm_engine_delete", "wasm_engine_new_with_config", "wasm_exporttype_name",
        "wasm_exporttype_type", "wasm_exporttype_vec_delete", "wasm_externtype_as_functype_const", "wasm_externtype_as_globaltype_const",
        "wasm_externtype_as_memorytype_const", "wasm_externtype_as_tabletype_const", "wasm_externtype_kind", "wasm_frame_func_index",
        "wasm_frame_func_offset", "wasm_frame_module_offset", "wasm_frame_vec_delete", "wasm_functype_copy", "wasm_functype_delete", "wasm_functype_new",
        "wasm_functype_params",
        "wasm_functype_results", "wasm_globaltype_content", "wasm_globaltype_mutability", "wasm_importtype_module", "wasm_importtype_name",
        "wasm_importtype_type", "wasm_importtype_vec_delete", "wasm_tabletype_element", "wasm_trap_delete", "wasm_trap_message", "wasm_trap_trace",
        "wasm_valtype_new", "wasm_valtype_vec_new", "wasmtime_call_future_delete", "wasmtime_call_future_poll", "wasmtime_caller_export_get",
        "wasmtime_config_async_stack_size_set", "wasmtime_config_consume_fuel_set", "wasmtime_config_cranelift_opt_level_set",
        "wasmtime_config_epoch_interruption_set", "wasmtime_config_max_wasm_stack_set", "wasmtime_config_memory_guard_size_set",
        "wasmtime_config_memory_init_cow_set", "wasmtime_config_memory_may_move_set", "wasmtime_config_memory_reservation_set",
        "wasmtime_config_parallel_compilation_set", "wasmtime_config_shared_memory_set", "wasmtime_config_signals_based_traps_set",
        "wasmtime_config_wasm_exceptions_set", "wasmtime_config_wasm_function_references_set", "wasmtime_config_wasm_gc_set",
        "wasmtime_config_wasm_memory64_set", "wasmtime_config_wasm_multi_memory_set", "wasmtime_config_wasm_relaxed_simd_set",
        "wasmtime_config_wasm_tail_call_set", "wasmtime_config_wasm_threads_set", "wasmtime_context_get_fuel", "wasmtime_context_set_epoch_deadline",
        "wasmtime_context_set_fuel", "wasmtime_engine_increment_epoch", "wasmtime_engine_is_pulley", "wasmtime_error_delete", "wasmtime_error_exit_status",
        "wasmtime_error_message", "wasmtime_error_new", "wasmtime_error_wasm_trace", "wasmtime_frame_func_name", "wasmtime_frame_module_name",
        "wasmtime_func_call_async", "wasmtime_func_call_unchecked", "wasmtime_func_type", "wasmtime_instance_export_get", "wasmtime_instance_export_nth",
        "wasmtime_instance_pre_delete", "wasmtime_instance_pre_instantiate", "wasmtime_instance_pre_instantiate_async", "wasmtime_linker_clone",
        "wasmtime_linker_define_async_func", "wasmtime_linker_define_func_unchecked", "wasmtime_linker_define_unknown_imports_as_traps",
        "wasmtime_linker_delete", "wasmtime_linker_instantiate_pre", "wasmtime_linker_new", "wasmtime_memory_data", "wasmtime_memory_data_size",
        "wasmtime_memory_grow", "wasmtime_memory_size", "wasmtime_memorytype_is64", "wasmtime_memorytype_isshared", "wasmtime_memorytype_maximum",
        "wasmtime_memorytype_minimum", "wasmtime_module_clone", "wasmtime_module_delete", "wasmtime_module_deserialize",
        "wasmtime_module_deserialize_file", "wasmtime_module_exports", "wasmtime_module_image_range",
        "wasmtime_module_imports", "wasmtime_module_new", "wasmtime_module_serialize",
        "wasmtime_module_validate", "wasmtime_pooling_allocation_config_async_stack_keep_resident_set",
        "wasmtime_pooling_allocation_config_decommit_batch_size_set", "wasmtime_pooling_allocation_config_delete",
        "wasmtime_pooling_allocation_config_linear_memory_keep_resident_set", "wasmtime_pooling_allocation_config_max_core_instance_size_set",
        "wasmtime_pooling_allocation_config_max_memories_per_module_set", "wasmtime_pooling_allocation_config_max_memory_size_set",
        "wasmtime_pooling_allocation_config_max_tables_per_module_set", "wasmtime_pooling_allocation_config_max_unused_warm_slots_set",
        "wasmtime_pooling_allocation_config_new", "wasmtime_pooling_allocation_config_table_elements_set",
        "wasmtime_pooling_allocation_config_table_keep_resident_set", "wasmtime_pooling_allocation_config_total_core_instances_set",
        "wasmtime_pooling_allocation_config_total_gc_heaps_set", "wasmtime_pooling_allocation_config_total_memories_set",
        "wasmtime_pooling_allocation_config_total_stacks_set", "wasmtime_pooling_allocation_config_total_tables_set",
        "wasmtime_pooling_allocation_strategy_set", "wasmtime_store_context", "wasmtime_store_delete", "wasmtime_store_epoch_deadline_callback",
        "wasmtime_store_limiter", "wasmtime_store_new", "wasmtime_trap_code", "wasmtime_trap_new", "wasmtime_trap_new_code", "wasmtime_valtype_delete",
        "wasmtime_valtype_new", "wasmtime_wat2wasm",
    ];
}
