using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Postern.Engine.Tests")]
