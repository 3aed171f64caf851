using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace WasiCloud.Embedding.Mounts.HostDirectory;

/// <summary>Gives the C library the bytes that are shown as a text (<see cref="HostName"/>), and a zero.</summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(ManagedToUnmanagedIn))]
internal static unsafe class HostNameMarshaller
{
    /// <summary>One call's.</summary>
    public ref struct ManagedToUnmanagedIn
    {
        private byte* _bytes;
        private bool _isAllocated;

        /// <summary>What most names fit into.</summary>
        public static int BufferSize => 256;

        /// <summary>Takes the text.</summary>
        /// <param name="text">The text, without a zero.</param>
        /// <param name="buffer">Memory of the caller's stack.</param>
        public void FromManaged(string text, Span<byte> buffer)
        {
            if (HostName.MaxBytes(text) >= buffer.Length)
            {
                var size = HostName.MaxBytes(text) + 1;
                buffer = new Span<byte>((byte*)NativeMemory.Alloc((nuint)size), size);
                _isAllocated = true;
            }

            _bytes = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
            buffer[HostName.Encode(text, buffer)] = 0;
        }

        /// <summary>What is passed on.</summary>
        public readonly byte* ToUnmanaged() => _bytes;

        /// <summary>Ends with it.</summary>
        public readonly void Free()
        {
            if (_isAllocated) NativeMemory.Free(_bytes);
        }
    }
}
