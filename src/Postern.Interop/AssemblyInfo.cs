using System.Runtime.CompilerServices;

// Every signature is blittable: what is declared is what is called.
[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("Postern.Interop.Tests")]
[assembly: InternalsVisibleTo("Postern.Engine.Tests")]
