using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Postern.Protocols.Tests")]
